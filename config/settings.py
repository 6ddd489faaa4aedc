"""The one settings file. Every value a deployment may want to change comes from the environment (see README)."""

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
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "people.desk_session.SameUserMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
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
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": cache("CACHE_URL", "locmemcache://")}
# The memory of a process holds 300 entries: whoever asks for as many pictures must not push the counts of reports out.
CACHES["cards"] = apart(CACHES["default"], "cards")

SERIALIZATION_MODULES = {"md": "episodes.notes.serializer", "markdown": "episodes.notes.serializer"}
TAGGIT_CASE_INSENSITIVE = True
# A note larger than this is refused at import.
NOTE_MAX_BYTES = number("NOTE_MAX_BYTES", 8 * 1024 * 1024)

# --- people

# A team of one may verify what it accepted, and resolve what it wrote criteria for, after 24 hours; pages say so.
GREENROOM_SELF_VERIFY = switch("GREENROOM_SELF_VERIFY", False)

AUTHENTICATION_BACKENDS = ["people.auth.StaffBackend"]
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
    SECURE_HSTS_SECONDS = number("HSTS_SECONDS", 31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

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
    "formatters": {"line": {"format": "%(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": log_level("LOG_LEVEL", "INFO")},
}
