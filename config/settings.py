"""All settings, read from the environment and checked at start.

``PORTAL_MODE`` is ``demo`` (one machine, SQLite, no server), ``test`` or ``production``. Whoever
says nothing gets production, and production refuses to start without its secrets, hosts, database
and broker.
"""

import os
import secrets
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import Env, validate
from redis.backoff import NoBackoff
from redis.retry import Retry

from config import logs

env = Env()

BASE_DIR = Path(__file__).resolve().parent.parent
PORTAL_MODE: str = env.str(
    "PORTAL_MODE", "production", validate=validate.OneOf(["demo", "test", "production"])
)
DEMO = PORTAL_MODE == "demo"
TEST = PORTAL_MODE == "test"
PRODUCTION = PORTAL_MODE == "production"

# Everything the portal writes: uploads and, in the demo, its database and its broker.
VAR_DIR: Path = env.path("VAR_DIR", BASE_DIR / "var")

# Where the rules of the provinces are read from: ours, and folders that an installation adds.
POLICY_FOLDERS: list[Path] = [
    BASE_DIR / "registry" / "policies",
    *map(Path, env.list("POLICY_FOLDERS", [])),
]


def _required() -> None:
    missing = [
        name
        for name in ("SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "BROKER_URL")
        if not env.str(name, "").strip()
    ]
    if missing:
        raise ImproperlyConfigured(
            "Production needs these environment variables: "
            + ", ".join(missing)
            + ". Set PORTAL_MODE=demo for a trial on this machine."
        )


def _kept_key(path: Path) -> str:
    """The demo's own key, made once, so that a restart signs nobody out."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50), encoding="ascii")
    return path.read_text(encoding="ascii")


if PRODUCTION:
    _required()
    SECRET_KEY: str = env.str("SECRET_KEY")
elif TEST:
    SECRET_KEY = env.str("SECRET_KEY", "only-for-tests-" * 4)
else:
    SECRET_KEY = env.str("SECRET_KEY", "") or _kept_key(VAR_DIR / "secret-key")

# Earlier keys, with which what was signed or encrypted before a change can still be read.
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [])

DEBUG = False
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", [".localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])

# --- What the portal is made of ----------------------------------

INSTALLED_APPS = [
    "config",
    "reports",
    "tiers",
    "assessments",
    "registry",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",  # the pages of allauth.mfa load it
    "django.contrib.staticfiles",
    "django.forms",  # its templates, so that ours in templates/django/forms win
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
    "axes",
    "csp",
    "django_htmx",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
]

MIDDLEWARE = [
    "config.middleware.received_at",
    "config.middleware.client_address",
    "config.middleware.request_id",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.api.answering.ApiAnswers",
    "config.middleware.body_limit",
    "config.replica.ReadReplica",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "config.sessions.noted",
    "config.gate.SignInGate",
    "config.reproof.Reproof",
    "django.contrib.messages.middleware.MessageMiddleware",
    "config.seats.SeatMiddleware",
    "config.once.once",
    "config.readings.ReadLog",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",  # last: it answers in place of a view that axes has locked
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.navigation.portal",
            ],
        },
    }
]

FORM_RENDERER = "config.controls.Renderer"

# --- Database ----------------------------------------------------


def _database(variable: str) -> dict[str, Any]:
    """One database. SQLite gets the options under which writers wait for each other."""
    found: dict[str, Any] = env.dj_db_url(variable, f"sqlite:///{VAR_DIR / 'db.sqlite3'}")
    if found["ENGINE"].endswith("sqlite3"):
        if PRODUCTION:
            raise ImproperlyConfigured(f"Production runs on PostgreSQL: {variable} names SQLite.")
        found["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous="
            + ("OFF" if TEST else "NORMAL"),
        }
        Path(found["NAME"]).parent.mkdir(parents=True, exist_ok=True)
        if TEST:
            # A file, not memory: the races and the worker need several connections to one database.
            name = Path(tempfile.gettempdir()) / f"portal-test-{os.getpid()}.sqlite3"
            # Tables from the models: the lane on PostgreSQL goes through every migration.
            found["TEST"] = {"NAME": str(name), "MIGRATE": False}
    else:
        found |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
        # Pages are answered in milliseconds: compiling a statement takes longer than most of them.
        given = {"connect_timeout": 3, "options": "-c jit=off"}
        found["OPTIONS"] = given | found.get("OPTIONS", {})
    return found


DATABASES = {"default": _database("DATABASE_URL")}
# A database that follows the first one and answers these pages when strangers ask for them.
if env.str("DATABASE_REPLICA_URL", ""):
    DATABASES["replica"] = _database("DATABASE_REPLICA_URL") | {"TEST": {"MIRROR": "default"}}
DATABASE_ROUTERS = ["config.replica.Router"]
REPLICA_PAGES = {
    "api:register-detail",
    "api:register-list",
    "tiers:home",
    "tiers:public_factory",
    "tiers:public_title",
    "tiers:register_search",
}

# --- Cache, broker, night run ------------------------------------

BROKER_URL: str = env.str("BROKER_URL", "memory://" if TEST else "filesystem://")
BROKER_DIR = VAR_DIR / "broker"

if BROKER_URL.startswith("redis"):
    CACHES = {
        "default": {
            "BACKEND": "config.cache.SharedCache",
            "LOCATION": env.str("CACHE_URL", "") or BROKER_URL,
            "KEY_PREFIX": "portal",
            "OPTIONS": {
                "socket_connect_timeout": 0.5,
                "socket_timeout": 1,
                "retry": Retry(NoBackoff(), 0),
            },
        }
    }
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
# How far a worker has come, where the pages' processes see it.
CACHES["progress"] = CACHES["default"]
if DEMO and not BROKER_URL.startswith("redis"):
    CACHES["progress"] = {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": str(VAR_DIR / "progress"),
    }

CELERY_BROKER_URL = BROKER_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for its broker as long as it takes
if BROKER_URL.startswith("filesystem"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        "control_folder": str(BROKER_DIR / "control"),
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 3600
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")

# --- People ------------------------------------------------------

AUTH_USER_MODEL = "registry.User"
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/home/"
LOGOUT_REDIRECT_URL = "/"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "registry.passwords.ProfileValidator"}]
# What passwords have to be: graded protection (等级保护), third grade, or OWASP ASVS.
PASSWORDS: dict[str, dict[str, Any]] = {
    "mlps3": {"least": 10, "classes": 3, "history": 5, "days": 90, "first_change": True},
    "asvs": {"least": 12, "first_change": True},
}
PASSWORD_PROFILE: str = env.str("PASSWORD_PROFILE", "mlps3", validate=validate.OneOf([*PASSWORDS]))
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if DEMO:
    PASSWORD_HASHERS[0] = "config.hashers.SmallArgon2PasswordHasher"
if TEST:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

ACCOUNT_ADAPTER = "config.accounts.PortalAccountAdapter"
ACCOUNT_FORMS = {
    "login": "config.accounts.SignInForm",
    "change_password": "config.accounts.NewPasswordForm",
    "reauthenticate": "config.accounts.PasswordAgainForm",
}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_RATE_LIMITS = {
    # Sign-ins are counted by config.lockout, with a record, and apart for known browsers.
    "login": False,
    "login_failed": False,
    "bulk_check": "30/h/ip",  # lists checked against the register by anybody
    "unified": "60/m/ip",  # ways to the province's identity provider, which is asked each time
    "join": "20/h/ip",  # codes of invitations, right or wrong
    "recovery": "10/h/ip",  # requests for lost accounts
    "recovery_receipt": "30/h/ip",  # questions after them, with secrets right or wrong
    "objection": "20/h/ip",  # objections to a notice, and questions after their receipts
}
MFA_ADAPTER = "config.factors.FactorAdapter"
MFA_FORMS = {
    "authenticate": "config.factors.CodeForm",
    "reauthenticate": "config.factors.CodeAgainForm",
    "activate_totp": "config.factors.FirstCodeForm",
    "add_webauthn": "config.factors.PasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_TOLERANCE = 1  # steps of half a minute that a telephone's clock may be off
# Most tests put a session in place without signing in, which these guards would send away.
SIGN_IN_GUARDS = not TEST

# 统一身份认证: the province's provider of OpenID Connect; without an address there is none.
OIDC_SERVER_URL: str = env.str("OIDC_SERVER_URL", "").rstrip("/")
OIDC_CLIENT_ID: str = env.str("OIDC_CLIENT_ID", "")
OIDC_CLIENT_SECRET: str = env.str("OIDC_CLIENT_SECRET", "")
OIDC_NAME: str = env.str("OIDC_NAME", "") or "统一身份认证"
# What the provider has to say (acr, amr) for its own second factor to stand in for ours.
OIDC_FACTOR_ACR: list[str] = env.list("OIDC_FACTOR_ACR", [])
OIDC_FACTOR_AMR: list[str] = env.list("OIDC_FACTOR_AMR", [])
if OIDC_SERVER_URL and not (OIDC_CLIENT_ID and OIDC_CLIENT_SECRET):
    raise ImproperlyConfigured("OIDC_SERVER_URL needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET.")
if PRODUCTION and OIDC_SERVER_URL and not OIDC_SERVER_URL.startswith("https://"):
    raise ImproperlyConfigured("OIDC_SERVER_URL must begin with https://.")

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_HANDLER = "config.lockout.Handler"  # what is counted by what
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ACCESS_FAILURE_LOG = True
AXES_LOCKOUT_CALLABLE = "config.errors.locked_out"

SESSION_COOKIE_AGE = 10 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"

# 找回账号: hours between the bureau's word and the new password, and days in which to set it.
RECOVERY_WAIT_HOURS: int = env.int("RECOVERY_WAIT_HOURS", 72, validate=validate.Range(min=24))
RECOVERY_OPEN_DAYS: int = env.int("RECOVERY_OPEN_DAYS", 7, validate=validate.Range(min=1))

# Days for which a firm can see who opened its file.
READ_LOG_DAYS: int = env.int("READ_LOG_DAYS", 1095, validate=validate.Range(min=180))

# --- Messages that leave the portal ------------------------------

# Where the gateways stand. "console://" writes a line to the log instead; empty shuts the way out.
MESSAGE_EMAIL_URL: str = env.str("MESSAGE_EMAIL_URL", "console://" if DEMO else "")
MESSAGE_EMAIL_FROM: str = env.str("MESSAGE_EMAIL_FROM", "")
MESSAGE_SMS_URL: str = env.str("MESSAGE_SMS_URL", "console://" if DEMO else "")
MESSAGE_SMS_SECRET: str = env.str("MESSAGE_SMS_SECRET", "")
# The provider's name for each of our templates: case.returned=SMS_1001,title.expiring=SMS_1002
MESSAGE_SMS_TEMPLATES: dict[str, str] = env.dict("MESSAGE_SMS_TEMPLATES", {})
MESSAGE_TIMEOUT = 10


def _gateways() -> None:
    """What is half configured is refused at start, not at the first letter."""
    email, sms = (url.partition("://")[0] for url in (MESSAGE_EMAIL_URL, MESSAGE_SMS_URL))
    if email not in ("", "console") and not MESSAGE_EMAIL_FROM:
        raise ImproperlyConfigured("MESSAGE_EMAIL_URL needs MESSAGE_EMAIL_FROM, the sender.")
    if sms not in ("", "console", "https", *(() if PRODUCTION else ("http",))):
        raise ImproperlyConfigured("MESSAGE_SMS_URL must begin with https://.")
    if sms.startswith("http") and not MESSAGE_SMS_SECRET:
        raise ImproperlyConfigured("MESSAGE_SMS_URL needs MESSAGE_SMS_SECRET to sign with.")


_gateways()
# Also what the letters for a forgotten password go by.
if MESSAGE_EMAIL_URL:
    globals().update(env.dj_email_url("MESSAGE_EMAIL_URL", MESSAGE_EMAIL_URL))
else:
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
EMAIL_TIMEOUT = MESSAGE_TIMEOUT
DEFAULT_FROM_EMAIL: str = MESSAGE_EMAIL_FROM or "portal@localhost"

# --- Changes that are pushed to subscribers ----------------------

PUSH_PORTS: list[int] = env.list("PUSH_PORTS", [443], subcast=int)
# For tests: plain HTTP, any port, and this machine itself.
PUSH_TO_LOCAL: bool = env.bool("PUSH_TO_LOCAL", False)
if PUSH_TO_LOCAL and PRODUCTION:
    raise ImproperlyConfigured("PUSH_TO_LOCAL opens the inner network; it is for tests alone.")

# --- Transport and browser ---------------------------------------

SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SECURE = PRODUCTION
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# How many proxies of ours stand in front; each adds one address to X-Forwarded-For.
TRUSTED_PROXIES: int = env.int("TRUSTED_PROXIES", 0)
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked by the supervisor, inside
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", True)
    SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", True)
    if env.bool("BEHIND_TLS_PROXY", False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# --- Files -------------------------------------------------------

# Holiday tables loaded here (load_workdays). All processes of an installation share this folder.
WORKDAYS_DIR: Path = env.path("WORKDAYS_DIR", VAR_DIR / "workdays")

# The private keys that the portal signs with; no backup of the portal takes them along.
SIGNING_DIR: Path = env.path("SIGNING_DIR", VAR_DIR / "signing-keys")
# The suite of new signatures: Ed25519 with SHA-256, or SM2 with SM3.
SIGNING_SUITE: str = env.str(
    "SIGNING_SUITE", "ed25519", validate=validate.OneOf(["ed25519", "sm2"])
)

# Where backups are put and looked for (backup, restore).
BACKUP_DIR: Path = env.path("BACKUP_DIR", VAR_DIR / "backups")

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env.path("STATIC_ROOT", VAR_DIR / "static") if PRODUCTION else None
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = TEST  # every test client would list all static files anew
# Uploads are private: no address serves this folder; a view that knows who asks opens one file.
MEDIA_ROOT = env.path("MEDIA_ROOT", VAR_DIR / "media")
MEDIA_URL = ""
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if PRODUCTION
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
UPLOAD_FILE_LIMIT = 20 * 1024 * 1024
UPLOAD_APPLICATION_LIMIT = 200 * 1024 * 1024
REQUEST_BODY_LIMIT = UPLOAD_FILE_LIMIT + 1024 * 1024  # one file and its form
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_NUMBER_FILES = 10

# --- Language and time -------------------------------------------

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True
DATE_FORMAT = "Y-m-d"

# --- API ---------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "config.api.signing_in.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "config.api.paging.KeysetPagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.api.refusing.exception_handler",
    "DEFAULT_THROTTLE_CLASSES": [
        "config.api.throttling.StrangerThrottle",
        "config.api.throttling.PersonThrottle",
        "config.api.throttling.TokenThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "anon": None if TEST else "60/min",
        "user": None if TEST else "600/min",
        "token": None if TEST else "300/min",
    },
    "NUM_PROXIES": 0,  # config.middleware.client_address has read the header already
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "智能工厂梯度培育管理平台 API",
    "DESCRIPTION": "页面上能查到的数据，按同一套可见范围以 JSON 提供。",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.api.description.declare_refusals",
    ],
    "ENUM_NAME_OVERRIDES": {
        "ApplicationStatus": "tiers.models.Application.Status",
        "FilingListStatus": "tiers.models.FilingList.Status",
        "UpwardListKind": "tiers.models.UpwardList.Kind",
        "UpwardOutcome": "tiers.models.UpwardItem.Outcome",
        "ReturnOutcome": "tiers.models.ReturnItem.Outcome",
        "TitleStatus": "tiers.models.Standing",
    },
}

# --- What the footer says ----------------------------------------

TO_FILL_IN = "（待填）"
SITE = {
    "name": env.str("SITE_NAME", "") or "智能工厂梯度培育管理平台",
    "short_name": env.str("SITE_SHORT_NAME", "") or "智能工厂梯度培育",
    "organiser": env.str("SITE_ORGANISER", "") or TO_FILL_IN,  # 主办单位
    "operator": env.str("SITE_OPERATOR", "") or TO_FILL_IN,  # 承办单位
    "phone": env.str("SITE_PHONE", "") or TO_FILL_IN,  # 业务咨询电话
    "id_code": env.str("SITE_ID_CODE", "") or TO_FILL_IN,  # 网站标识码
    "icp": env.str("SITE_ICP", "") or TO_FILL_IN,  # ICP 备案号
    "police": env.str("SITE_POLICE", "") or TO_FILL_IN,  # 公安联网备案号
    "is_demo": not PRODUCTION,
}

# --- Logging -----------------------------------------------------

LOGGING = logs.configure(as_json=PRODUCTION, level=env.str("LOG_LEVEL", "INFO"))

if TEST:
    INSTALLED_APPS.append("zeal")
    MIDDLEWARE.insert(1, "zeal.middleware.zeal_middleware")
    ZEAL_RAISE = True
    # allauth asks each of a person's few sessions whether it still signs him in.
    ZEAL_ALLOWLIST = [
        {"model": "sessions.Session", "field": "get()"},
        {"model": "registry.User", "field": "get()"},
    ]
