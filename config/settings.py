"""Django settings. Values that depend on the deployment come from environment variables (see docs/settings.md)."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.utils.translation import gettext_lazy as _

from config.environment import (
    boolean,
    cache,
    database,
    file,
    folder,
    log_level,
    networks,
    number,
    secret,
    separate_cache,
    site_url,
    tag_authority,
    time_zone,
)

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
# Everything that a running site writes: database, uploads, secret.
VAR_DIR = folder("VAR_DIR", BASE_DIR / "var")

DEBUG = boolean("DEBUG", False)
HTTPS = boolean("HTTPS", False)
SECRET_KEY = secret("SECRET_KEY", VAR_DIR / "secret-key")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
# Scheme and host of absolute addresses, such as https://notes.example.org; without it those of each request.
SITE_URL = site_url("SITE_URL")
if (_own_host := urlsplit(SITE_URL).hostname) and _own_host not in ALLOWED_HOSTS:
    ALLOWED_HOSTS.append(_own_host)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Proxies whose X-Forwarded-For is used (config/client_address.py): rate limits count by client address.
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
    # Answers stored pages, and compresses and validates all others; static files pass it by.
    "episodes.site.store.middleware.StoredPages",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "config.health.Health",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
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
                # Lazy: public templates do not use the user, so public pages set no cookie.
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- data

DATABASES = {"default": database("DATABASE_URL", f"sqlite:///{VAR_DIR / 'greenroom.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Opening the file anew for each request takes longer than answering it from the store.
    DATABASES["default"]["CONN_MAX_AGE"] = None
    DATABASES["default"]["OPTIONS"] = {
        # A deferred transaction that reads first and writes later fails at once with "database is locked", whatever the
        # timeout (in seconds); an immediate one waits for the write lock at its beginning.
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-32000;",
    }
else:
    DATABASES["default"].setdefault("CONN_MAX_AGE", 60)
    # Reconnect after a restart of the server instead of failing, and notice an unreachable one within 5 seconds.
    DATABASES["default"].setdefault("CONN_HEALTH_CHECKS", True)
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": cache("CACHE_URL", "locmemcache://")}
# The in-memory cache has 300 entries: requests for many share images must not evict the counts of lists.
CACHES["cards"] = separate_cache(CACHES["default"], "cards")
CACHES["pages"] = separate_cache(CACHES["default"], "pages")

SERIALIZATION_MODULES = {"md": "episodes.exporting.serializer", "markdown": "episodes.exporting.serializer"}
TAGGIT_CASE_INSENSITIVE = True
# Bytes. Larger notes are refused by the import.
NOTE_MAX_BYTES = number("NOTE_MAX_BYTES", 8 * 1024 * 1024)

# --- people

# Let users verify what they accepted, and resolve by criteria they wrote, after 24 hours; pages say so.
GREENROOM_SELF_VERIFY = boolean("GREENROOM_SELF_VERIFY", False)

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
# Target of a login without a `next` address, or with one of another site.
LOGIN_REDIRECT_URL = "admin:index"
# Five failures of a name from one address lock that pair for 15 minutes. From other addresses the name is only slowed
# (people/login.py), so that its owner cannot be locked out. Counted in the database, across processes.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_CLIENT_IP_CALLABLE = "config.client_address.client_network"
AXES_LOCKOUT_CALLABLE = "people.login.locked_out"
# No rows about logins: failures expire, and successful logins are in the audit log only.
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
# No MEDIA_URL: a view serves uploads, and only those of public pages.
MEDIA_ROOT = VAR_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage" if DEBUG else "config.storage.StaticStorage"
    },
}
# Serve static files before the first collectstatic too.
WHITENOISE_USE_FINDERS = True
# An action on 1,000 selected rows exceeds Django's default of 1,000 fields; visitors: config/request_limits.py.
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
    # Browsers remember HSTS for its whole duration, so the default is an hour and excludes subdomains.
    SECURE_HSTS_SECONDS = number("HSTS_SECONDS", 3_600)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = boolean("HSTS_SUBDOMAINS", False)
    SECURE_HSTS_PRELOAD = boolean("HSTS_PRELOAD", False)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# W005 and W021 of `check --deploy` ask for subdomains and preload, which the owner of the domain decides.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# Policy of the desk and the default. Public pages have a stricter one (episodes/site/pages/base.py).
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        # The review screen plays the recording: two embedded players, and audio files from any host.
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

# Rendered pages are stored and dropped when something on them changes. Not in DEBUG, where code changes while it runs.
STORED_PAGES = boolean("STORED_PAGES", not DEBUG)
# Bodies of stored pages, unless they are in the Redis of CACHE_URL, and the most megabytes that they take.
PAGE_STORE = VAR_DIR / "pages"
PAGE_STORE_MB = number("PAGE_STORE_MB", 1024)
SITE_NAME = env.str("SITE_NAME", default="Greenroom")
# Part of the ids of feed entries, which must never change: after a move to another host, set the old one with its year
# (`example.org,2026`).
TAG_AUTHORITY = tag_authority("TAG_AUTHORITY", ALLOWED_HOSTS)
# Font of share images; if empty, an installed font with Chinese is used.
CARD_FONT = file("CARD_FONT")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": log_level("LOG_LEVEL", "INFO")},
    # Logins are logged by people/login.py, one line each.
    "loggers": {"axes": {"level": "ERROR"}},
}
