"""Settings, from the environment alone; every one has a default that works on one machine."""

from __future__ import annotations

import contextlib
import secrets
import zoneinfo
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
# The pinned tzdata package counts, not the machine's: sums must be the same everywhere.
zoneinfo.reset_tzpath(to=[])

HOME = Path(env("HELPDESK_HOME", default=str(BASE_DIR / "var"))).resolve()
HOME.mkdir(parents=True, exist_ok=True)
PORT = env.int("HELPDESK_PORT", default=8000)
DEMO = env.bool("HELPDESK_DEMO", default=False)
TESTING = env.bool("HELPDESK_TESTING", default=False)
CLOCK_FILE = env("HELPDESK_CLOCK_FILE", default="") if TESTING else ""


def _kept_secret(name: str) -> str:
    """A secret made on the first start and kept in the home folder, readable by its owner alone."""
    path = HOME / name
    if not path.exists():
        made = path.with_suffix(f".{secrets.token_hex(4)}")
        made.touch(mode=0o600)
        made.write_text(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):  # another process was faster: its secret is ours too
            path.hardlink_to(made)
        made.unlink()
    return path.read_text().strip()


SECRET_KEY = env("SECRET_KEY", default="") or _kept_secret("secret_key")
# Signs the chain of every order's record; kept outside of the database on purpose.
RECORD_KEY = env("RECORD_KEY", default="") or _kept_secret("record_key")

DEBUG = False
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PUBLIC_URL = env("PUBLIC_URL", default=f"http://127.0.0.1:{PORT}")

INSTALLED_APPS = [
    "daphne",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "channels",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "phonenumber_field",
    "core",
    "sla",
    "accounts",
    "orders",
    "faq",
    "tickets",
    "livechat",
    "helpdesk",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "core.middleware.BodyLimit",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.ActorMiddleware",
    "accounts.middleware.PersonsLanguage",
    "accounts.middleware.RateLimitedMiddleware",
    "core.middleware.ReadersZone",
    "core.middleware.ErrorPages",
]

ROOT_URLCONF = "helpdesk.urls"
ASGI_APPLICATION = "helpdesk.asgi.application"
WSGI_APPLICATION = "helpdesk.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "helpdesk" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "django.template.context_processors.tz",
                "helpdesk.context.shell",
            ]
        },
    }
]

# --- database -------------------------------------------------------------------------------------------
DATABASES: dict[str, Any] = {
    "default": env.db("DATABASE_URL", default=f"sqlite:///{HOME / 'helpdesk.sqlite3'}")
}
_db = DATABASES["default"]
if _db["ENGINE"].endswith("sqlite3"):
    _db["CONN_MAX_AGE"] = 60
    _db["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
            "PRAGMA recursive_triggers=ON; PRAGMA cache_size=-20000"
        ),
    }
else:
    # A pool for servers that answer from many threads; persistent connections for gunicorn and workers.
    if env.bool("DATABASE_POOL", default=False):
        _db["CONN_MAX_AGE"] = 0
        _db["CONN_HEALTH_CHECKS"] = True  # those that are kept without a pool: `core.db.drop_ended`
        _db.setdefault("OPTIONS", {})["pool"] = {
            "min_size": 2,
            "max_size": env.int("DATABASE_POOL_SIZE", default=12),
        }
    else:
        _db["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", default=60)
ATOMIC_REQUESTS = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis or this process ------------------------------------------------------------------------------
REDIS_URL = env("REDIS_URL", default="")
if REDIS_URL:
    CHANNEL_LAYERS: dict[str, Any] = {
        "default": {"BACKEND": "helpdesk.layers.PubSubLayer", "CONFIG": {"url": REDIS_URL}}
    }
    CACHES: dict[str, Any] = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    }
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "helpdesk.layers.LocalLayer", "CONFIG": {"capacity": 1000}}}
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# Seconds over which sockets are asked to move when a server is told to stop; it ends after twice that at the latest.
DRAIN_SECONDS = env.int("HELPDESK_DRAIN_SECONDS", default=10)
# New chats from one network address in ten minutes; 0 for no limit (an office behind one address).
CHATS_PER_ADDRESS = env.int("HELPDESK_CHATS_PER_ADDRESS", default=10)

# --- people ---------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
PHONENUMBER_DEFAULT_REGION = "US"
PHONENUMBER_DB_FORMAT = "E164"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email", "phone"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "phone*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignupExtra"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_CHANGE = True
ACCOUNT_PHONE_VERIFICATION_ENABLED = False
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 900
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if PUBLIC_URL.startswith("https") else "http"
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/after-sign-in/"
# Days after a decision that the files of an identity check are kept.
VERIFICATION_KEEP_DAYS = env.int("VERIFICATION_KEEP_DAYS", default=90)
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https")
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
)
if env.bool("BEHIND_PROXY", default=False):
    ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=1)

# --- mail -----------------------------------------------------------------------------------------------
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="Minato Lane <help@minato-lane.example>")
if env("EMAIL_URL", default=""):
    vars().update(env.email("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

# --- pages ----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文"), ("es", "Español")]
LANGUAGE_COOKIE_AGE = 31_536_000  # a year
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [BASE_DIR / "build" / "locale"]  # compiled from locale/ by core/catalogues.py
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATIC_ROOT = Path(env("HELPDESK_STATIC", default=str(BASE_DIR / "build" / "static"))).resolve()
NPM_ROOT = BASE_DIR / "node_modules"
STATICFILES_DIRS = [BASE_DIR / "build" / "assets"] if (BASE_DIR / "build" / "assets").is_dir() else []
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "core.npm.NpmFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "core.storage.DeskStaticStorage"},
}
MEDIA_ROOT = HOME / "files"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
CSRF_FAILURE_VIEW = "helpdesk.portal.views.stale_form"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "object-src": [NONE],
    }
}
# Refunds of orders that came from a Shopify shop go out through it; without these, a person pays and confirms.
SHOPIFY_SHOP = env("SHOPIFY_SHOP", default="")
SHOPIFY_TOKEN = env("SHOPIFY_TOKEN", default="")
SHOPIFY_STORE = env("SHOPIFY_STORE", default="")
SHOPIFY_API_VERSION = env("SHOPIFY_API_VERSION", default="2026-04")

SHOP_NAME = env("HELPDESK_SHOP_NAME", default="Minato Lane")
SHOP_ACCENT = env("HELPDESK_ACCENT", default="#0f6b5b")

# --- the JSON contract ----------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.tokens.TokenAuthentication",
        "accounts.tokens.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.parsers.Json"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "core.api.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Helpdesk API",
    "DESCRIPTION": "Customer service built around the order. Errors are always {code, message, fields?}.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "ClockStateEnum": "sla.models.ClockState",
        "ChatStateEnum": "livechat.models.SessionState",
        "OrderStatusEnum": "orders.models.OrderStatus",
        "TicketStatusEnum": "tickets.models.Status",
        "ImportStateEnum": "orders.imports.states.CHOICES",
        "MessageKindEnum": ["reply", "note"],
        "StreamKindEnum": ["public", "staff"],
        "SettableStatusEnum": "tickets.api_shapes.SETTABLE",
        "ReturnReasonEnum": "orders.api_returns.REASONS",
        "RefusalReasonEnum": "orders.api_returns.REFUSALS",
        "LevelActEnum": ["tell", "reassign", "priority", "escalate"],
        "RuleActEnum": ["priority", "tell", "reassign", "flag", "escalate"],
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env("LOG_LEVEL", default="WARNING")},
}
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008"]
