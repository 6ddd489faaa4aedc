"""Settings. What a deployment may want to change comes from the environment: see docs/settings.md."""

from datetime import timedelta
from pathlib import Path

import environ
from django.utils.translation import gettext_lazy as _

from config.environment import (
    apart,
    cache,
    database,
    file,
    folder,
    log_level,
    networks,
    number,
    secret,
    switch,
    tag_authority,
    time_zone,
)

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
# What a running site writes: database, uploads, its secret. One folder to back up.
VAR_DIR = folder("VAR_DIR", BASE_DIR / "var")

DEBUG = switch("DEBUG", False)
HTTPS = switch("HTTPS", False)
SECRET_KEY = secret("SECRET_KEY", VAR_DIR / "secret-key")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Whose X-Forwarded-For is believed (config/addresses.py): limits count by the address that asks.
TRUSTED_PROXIES = networks("TRUSTED_PROXIES", "127.0.0.1,::1,unix")

INSTALLED_APPS = [
    "people",
    "episodes",
    "taggit",
    "django_filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "axes",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "config.health.Health",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "config.request_limits.RequestLimits",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "people.desk_session.SameUserMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                # Lazy: public templates never touch the user, so public pages stay without a cookie.
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- data

DATABASES = {"default": database("DATABASE_URL", f"sqlite:///{VAR_DIR / 'greenroom.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        # IMMEDIATE takes the write lock at the start: a deferred transaction that reads first and writes later fails
        # with "database is locked" at once, whatever the timeout.
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-32000;",
    }
else:
    DATABASES["default"].setdefault("CONN_MAX_AGE", 60)
    # A restarted server costs a new connection, not an error; one that is gone is noticed in seconds, not in minutes.
    DATABASES["default"].setdefault("CONN_HEALTH_CHECKS", True)
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": cache("CACHE_URL", "locmemcache://")}
# The memory of a process holds 300 entries: whoever asks for as many pictures must not push the counts of lists out.
CACHES["cards"] = apart(CACHES["default"], "cards")

SERIALIZATION_MODULES = {"md": "episodes.exporting.serializer", "markdown": "episodes.exporting.serializer"}
TAGGIT_CASE_INSENSITIVE = True
# A note larger than this is refused at import.
NOTE_MAX_BYTES = number("NOTE_MAX_BYTES", 8 * 1024 * 1024)

# --- people

# A team of one may verify what it accepted, and resolve what it wrote criteria for, after 24 hours; pages say so.
GREENROOM_SELF_VERIFY = switch("GREENROOM_SELF_VERIFY", False)

AUTHENTICATION_BACKENDS = ["people.login.LoginLimits", "people.auth.StaffBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"
CSRF_FAILURE_VIEW = "people.desk_session.csrf_failure"
# Where a login leads that came with no address, or with one of another site.
LOGIN_REDIRECT_URL = "admin:index"
# Five failures of one name from one address close that pair for a quarter of an hour; the name from elsewhere is only
# slowed (people/login.py), so that nobody can keep its owner out. Counted in the database: in all processes as one.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_CLIENT_IP_CALLABLE = "config.addresses.client_network"
AXES_LOCKOUT_CALLABLE = "people.login.locked_out"
# Failures are deleted when their time is over; of who logged in only the log tells.
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False

# --- language and time

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = time_zone("TIME_ZONE", "UTC")

# --- files

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "templates" / "static"]
# Uploads have no URL of their own: a view hands them out, and only those of public pages.
MEDIA_ROOT = VAR_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage" if DEBUG else "config.storage.StaticStorage"
    },
}
# Before the first collectstatic the files are served from where they lie.
WHITENOISE_USE_FINDERS = True
# An episode with four hundred items has more form fields than Django's default of 1,000.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024

# --- protection

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
if HTTPS:
    # Browsers keep this promise for as long as it says: an hour can be taken back, a year on every subdomain cannot.
    SECURE_HSTS_SECONDS = number("HSTS_SECONDS", 3_600)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = switch("HSTS_SUBDOMAINS", False)
    SECURE_HSTS_PRELOAD = switch("HSTS_PRELOAD", False)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# W005 and W021 of `check --deploy` want what the two switches above leave to the owner of the domain.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# The desk's, and of whatever sets none. Public pages have a stricter one of their own (episodes/site/pages/base.py).
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        # The recording beside what is reviewed: two players, and sound files wherever they lie.
        "frame-src": ["https://www.youtube-nocookie.com", "https://player.bilibili.com"],
        "media-src": ["'self'", "https:", "http:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
_PLAYERS = ["self", "https://www.youtube-nocookie.com", "https://player.bilibili.com"]
PERMISSIONS_POLICY: dict[str, list[str]] = {
    **{feature: [] for feature in ("camera", "display-capture", "geolocation", "microphone", "midi", "payment", "usb")},
    **dict.fromkeys(("autoplay", "encrypted-media", "fullscreen", "picture-in-picture"), _PLAYERS),
    "clipboard-write": ["self"],
}

# --- the site

SITE_NAME = env.str("SITE_NAME", default="Greenroom")
# Stands in the ids of feed entries, which must stay as they are for ever: after a move to another host, name the old
# one here, with the year (`example.org,2026`). Otherwise it is the first host by name.
TAG_AUTHORITY = tag_authority("TAG_AUTHORITY", ALLOWED_HOSTS)
# The font of the pictures for sharing; empty looks for one that has Chinese.
CARD_FONT = file("CARD_FONT")
# Minutes a visitor's browser may keep a page is always zero: a page must not outlive the next scheduled publication.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": log_level("LOG_LEVEL", "INFO")},
    # Logins are told by people/login.py, in one line each.
    "loggers": {"axes": {"level": "ERROR"}},
}
