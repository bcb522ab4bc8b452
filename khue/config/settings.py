"""All settings of Khuê in one file; what differs between places comes from the environment.

KHUE_DEMO=1 shows the one-click log-ins and may never be set where real data lives.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from khue.config import database

BASE = Path(__file__).resolve().parents[2]
VAR = Path(os.environ.get("KHUE_VAR", BASE / "var"))
VAR.mkdir(parents=True, exist_ok=True)

DEMO = os.environ.get("KHUE_DEMO") == "1"
DEBUG = os.environ.get("KHUE_DEBUG") == "1"
PRODUCTION = os.environ.get("KHUE_PRODUCTION") == "1"
# Static files under names of their content, compressed, kept by browsers for ever: built by `khue run` as it starts.
BUILT_FILES = PRODUCTION or (os.environ.get("KHUE_BUILT_FILES") == "1" and not DEBUG)


def _secret_key() -> str:
    given = os.environ.get("KHUE_SECRET_KEY")
    if given:
        return given
    if PRODUCTION:
        raise RuntimeError("KHUE_SECRET_KEY must be set in production.")
    kept = VAR / "secret_key"
    if not kept.exists():
        import secrets

        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(64))
    return kept.read_text().strip()


SECRET_KEY = _secret_key()
SECRET_KEY_FALLBACKS = [key for key in os.environ.get("KHUE_OLD_SECRET_KEYS", "").split(",") if key]
ALLOWED_HOSTS = os.environ.get("KHUE_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("KHUE_ORIGINS", "").split(",") if o]

# Modules of the house: one line each. Their manifests (`module.MODULE`) say the rest.
KERNEL = [
    "khue.kernel.org",
    "khue.kernel.people",
    "khue.kernel.access",
    "khue.kernel.audit",
    "khue.kernel.settings_store",
    "khue.kernel.files",
    "khue.kernel.jobs",
    "khue.kernel.notify",
    "khue.kernel.workflow",
    "khue.kernel.signing",
    "khue.kernel.exchange",
    "khue.kernel.indicators",
    "khue.kernel.offline",
    "khue.kernel.home",
    "khue.kernel.api",
]
MODULES = [
    "khue.registry.calendar",
    "khue.registry.staff",
    "khue.registry.roster",
    "khue.registry.curriculum",
    "khue.school.attendance",
    "khue.school.gradebook",
    "khue.school.gate",
    "khue.school.report_cards",
    "khue.citizen.family",
    "khue.command.ioc",
    "khue.command.alerts",
    "khue.command.reports",
    "khue.citizen.threads",
    "khue.citizen.surveys",
]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "procrastinate.contrib.django",
    "khue.ui",
    *KERNEL,
    *MODULES,
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "khue.kernel.home.middleware.Compressed",
    "khue.kernel.home.middleware.SecurityHeaders",
    "khue.ui.app.AtTheRoot",
    "khue.kernel.home.middleware.Readers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "khue.kernel.home.middleware.Language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "khue.kernel.access.middleware.ActorMiddleware",
    "khue.kernel.people.middleware.SessionLife",
    "khue.kernel.api.middleware.ApiDoor",
    "khue.kernel.actions.middleware.DomainErrors",
    "khue.kernel.actions.middleware.PostOnce",
]

ROOT_URLCONF = "khue.config.urls"
WSGI_APPLICATION = "khue.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "khue.kernel.home.context.frame",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "khue.ui.templatetags.ui"],
        },
    }
]

# --- data -------------------------------------------------------------------
DATABASE_URL = os.environ.get("DATABASE_URL") or database.embedded_url(VAR / "postgres")
DATABASES = {"default": database.from_url(DATABASE_URL)}
DATABASES["default"]["CONN_MAX_AGE"] = 600
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = False
DATABASES["default"]["TEST"] = {
    "NAME": os.environ.get("KHUE_TEST_DATABASE", "khue_test"),
    "TEMPLATE": "template0",
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STORAGES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR / "files"},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise complains of a missing one
if BUILT_FILES:
    STORAGES["staticfiles"]["BACKEND"] = "khue.config.built_files.SlimManifestFiles"
WHITENOISE_USE_FINDERS = not BUILT_FILES
WHITENOISE_AUTOREFRESH = DEBUG
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# --- people who sign in --------------------------------------------------------
AUTH_USER_MODEL = "people.Account"
AUTHENTICATION_BACKENDS = ["khue.kernel.people.backends.AccountBackend"]
PASSWORD_HASHERS = [
    "khue.kernel.people.hashers.Argon2id",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "people:login"
LOGIN_REDIRECT_URL = "/"
SESSION_ENGINE = "khue.kernel.people.sessions"
MFA_ADAPTER = "khue.kernel.people.factor_adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1
MFA_TOTP_ISSUER = "Khuê"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_NAME = "khue_session"
CSRF_COOKIE_NAME = "khue_csrf"
if PRODUCTION:
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 366 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-khue_session"
    CSRF_COOKIE_NAME = "__Host-khue_csrf"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"

# --- language and time ------------------------------------------------------------
LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
LOCALE_PATHS = [BASE / "khue" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Ho_Chi_Minh"
LANGUAGE_COOKIE_NAME = "khue_language"

# --- the province -------------------------------------------------------------------
PROVINCE_NAME = os.environ.get("KHUE_PROVINCE_NAME", "Tỉnh Lam Giang")
EMAIL_BACKEND = os.environ.get("KHUE_EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend")
EMAIL_FILE_PATH = VAR / "mail"
EMAIL_HOST = os.environ.get("KHUE_EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("KHUE_EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("KHUE_EMAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("KHUE_EMAIL_PASSWORD", "")
DEFAULT_FROM_EMAIL = os.environ.get("KHUE_EMAIL_FROM", "khue@localhost")
# The gateway for SMS and Zalo (khue/kernel/notify/gateway.py); without an address nothing goes that way.
GATEWAY_URL = os.environ.get("KHUE_GATEWAY_URL", "")
GATEWAY_TOKEN = os.environ.get("KHUE_GATEWAY_TOKEN", "")
# Push services on this machine or in a private net, for tests and benches; never where real data lives.
PUSH_TO_PRIVATE = os.environ.get("KHUE_PUSH_TO_PRIVATE") == "1" and not PRODUCTION

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
