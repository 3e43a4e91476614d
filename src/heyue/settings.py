"""Django settings from the environment, typed, failing loudly; `heyue doctor` prints what is wrong.

``HEYUE_MODE``: ``production`` (default), ``demo`` (held clock, codes in the demo's inbox) or ``test``.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import structlog
from django.core.exceptions import ImproperlyConfigured

PACKAGE = Path(__file__).resolve().parent


def text(name: str, default: str | None = None) -> str:
    """Read one variable. Raises ``ImproperlyConfigured`` naming it when it is missing."""
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"{name} is not set. See docs/guide/operate.md for what it means.")
    return value


def database(url: str) -> dict[str, object]:
    """Turn ``sqlite:///path`` or ``postgresql://user:password@host:port/name`` into Django's entry."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path[1:]) if parts.path.startswith("//") else unquote(parts.path),
            "CONN_MAX_AGE": 60,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
            },
        }
    if parts.scheme in ("postgres", "postgresql"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
        }
    raise ImproperlyConfigured("HEYUE_DATABASE_URL must begin with sqlite:/// or postgresql://")


HEYUE_MODE = text("HEYUE_MODE", "production")
if HEYUE_MODE not in ("production", "demo", "test"):
    raise ImproperlyConfigured("HEYUE_MODE must be production, demo or test.")
_TRYING = HEYUE_MODE != "production"
HEYUE_DEMO = HEYUE_MODE == "demo"
HEYUE_CLOCK_HELD = _TRYING
HEYUE_VAR = Path(text("HEYUE_VAR", "var")).resolve()
HEYUE_PUBLIC_URL = text("HEYUE_PUBLIC_URL", "http://127.0.0.1:8000" if _TRYING else None)
HEYUE_KEK = text("HEYUE_KEK", "dGVzdC1vbmx5LXRlc3Qtb25seS10ZXN0LW9ubHkhIQ==" if HEYUE_MODE == "test" else None)
"""The key-encryption key: 32 random bytes in base64. Losing it loses all sealed data."""
HEYUE_SIGNING_KEY = text("HEYUE_SIGNING_KEY", "" if _TRYING else None)
"""The platform's Ed25519 private key for gateway requests, raw 32 bytes in base64, as ``keyid=base64``."""
HEYUE_SIGNING_KEY_NEXT = text("HEYUE_SIGNING_KEY_NEXT", "")
"""The key that is to follow: told to banks at /v1/keys, not used yet. Written like ``HEYUE_SIGNING_KEY``."""
HEYUE_SM2 = text("HEYUE_SM2", "off") == "on"
"""Whether banks may sign with SM2 and SM3."""
HEYUE_SCOREBOARD_MIN = int(text("HEYUE_SCOREBOARD_MIN", "0"))
"""How many cases a bank's figure must rest on to stand on the public board of banks; 0: there is no such board."""
HEYUE_BANK_ADDRESSES = text("HEYUE_BANK_ADDRESSES", "127.0.0.0/8,::1/128,localhost,.example" if _TRYING else "")
"""Where banks' addresses may lead besides the internet: networks and names, with commas between them."""
HEYUE_SMS_PROVIDER = text("HEYUE_SMS_PROVIDER", "heyue.notices.sms.DemoInbox" if _TRYING else "")
if not _TRYING and HEYUE_SMS_PROVIDER in ("", "heyue.notices.sms.DemoInbox"):
    raise ImproperlyConfigured(
        "No SMS provider is set, so nobody could sign in. Set HEYUE_SMS_PROVIDER=heyue.notices.sms.HttpProvider"
        " with HEYUE_SMS_URL and HEYUE_SMS_TOKEN, or the dotted path of your own provider class."
    )
HEYUE_CRISIS_HELP = text("HEYUE_CRISIS_HELP", "")
"""What the operator tells a person in a bad hour, a line each; it stands on the help page before the general line."""
HEYUE_COMPLAINTS = text("HEYUE_COMPLAINTS", "")
"""Where one complains of the platform itself (address, telephone, hours); first of the ways after its own decision."""
HEYUE_SMS_URL = text("HEYUE_SMS_URL", "")
HEYUE_SMS_TOKEN = text("HEYUE_SMS_TOKEN", "")
HEYUE_MAIL_URL = text("HEYUE_MAIL_URL", "")
"""The mail server of reminders: ``smtps://user:password@host:port?from=address``; none: no e-mail is offered."""
HEYUE_MAIL = _TRYING or bool(HEYUE_MAIL_URL)
HEYUE_MAIL_LEAVES = bool(HEYUE_MAIL_URL) or HEYUE_MODE == "test"
"""Whether e-mails are handed to a server; in a demo without one they are shown in its inbox only."""
_MAIL = urlsplit(HEYUE_MAIL_URL)
_MAIL_SCHEMES = ("smtp", "smtps", *(["smtp-plain"] if _TRYING else []))  # the last, unencrypted, for a try-out alone
if HEYUE_MAIL_URL and (_MAIL.scheme not in _MAIL_SCHEMES or "from" not in parse_qs(_MAIL.query)):
    raise ImproperlyConfigured("HEYUE_MAIL_URL must be smtp(s)://user:password@host:port?from=address")
EMAIL_HOST, EMAIL_PORT = _MAIL.hostname or "", _MAIL.port or 465
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_MAIL.username or ""), unquote(_MAIL.password or "")
EMAIL_USE_SSL, EMAIL_USE_TLS = _MAIL.scheme == "smtps", _MAIL.scheme == "smtp"
EMAIL_TIMEOUT = 10
HEYUE_MAIL_REPLIES = text("HEYUE_MAIL_REPLIES", "")
"""The address that banks' replies go to, where the mail server delivers ``name+anything@`` too; none: the sender's."""
HEYUE_INBOX_URL = text("HEYUE_INBOX_URL", "")
"""Where those replies are fetched: ``imaps://user:password@host:993/INBOX`` or ``folder:///path``; none: nowhere."""
if HEYUE_INBOX_URL and urlsplit(HEYUE_INBOX_URL).scheme not in ("imaps", "folder", *(["imap"] if _TRYING else [])):
    raise ImproperlyConfigured("HEYUE_INBOX_URL must be imaps://user:password@host:port/mailbox or folder:///path")
DEFAULT_FROM_EMAIL = parse_qs(_MAIL.query).get("from", ["heyue@localhost"])[0]

SECRET_KEY = text("HEYUE_SECRET_KEY", "test-only" if HEYUE_MODE == "test" else None)
DEBUG = False
_HOST = urlsplit(HEYUE_PUBLIC_URL)
ALLOWED_HOSTS = [_HOST.hostname or "", *(["localhost", "127.0.0.1", "testserver"] if _TRYING else [])]
CSRF_TRUSTED_ORIGINS = [f"{_HOST.scheme}://{_HOST.netloc}"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    *(
        f"heyue.{app}"
        for app in (
            "clock vault evidence banks identity deadlines notices "
            "wallet application review dispatch negotiation casework agreement execution disputes"
        ).split()
    ),
]
AUTH_USER_MODEL = "identity.Person"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "heyue.faces.compression.PageCompression",
    "heyue.faces.bank.signed.Gateway",
    "csp.middleware.CSPMiddleware",
    "heyue.faces.sessions.one_day",
    "heyue.faces.sessions.SessionPerFace",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "heyue.faces.look.PageLanguage",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "heyue.faces.problems.RefusalPages",
]
ROOT_URLCONF = "heyue.faces.urls"
WSGI_APPLICATION = "heyue.faces.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "faces" / face / "templates" for face in ("borrower", "desk")]
        + [PACKAGE / "faces" / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "heyue.faces.shown.everywhere",
            ],
            "builtins": ["heyue.faces.shown", "django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]
DATABASES = {
    "default": database(text("HEYUE_DATABASE_URL", f"sqlite:///{HEYUE_VAR}/heyue.sqlite" if _TRYING else None))
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": HEYUE_VAR / "files"}},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if HEYUE_MODE == "test":
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    WHITENOISE_USE_FINDERS = True

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "heyue_language"
LOCALE_PATHS = [PACKAGE / "locale"]
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
STATIC_URL = "/static/"
STATICFILES_DIRS = [PACKAGE / "assets" / "static"]
STATIC_ROOT = HEYUE_VAR / "static"

_SECURE = _HOST.scheme == "https"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_USE_SESSIONS = True
CSRF_FAILURE_VIEW = "heyue.faces.problems.form_went_stale"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31536000 if _SECURE else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _SECURE else None
X_FRAME_OPTIONS = "SAMEORIGIN"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "frame-ancestors": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 21 * 1024 * 1024
"""One file of the largest size is kept in memory until it is sealed: it lies in clear on no disk."""
FILE_UPLOAD_HANDLERS = [
    "heyue.faces.upload_limit.UploadLimit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher"
    if HEYUE_MODE != "test"
    else "django.contrib.auth.hashers.MD5PasswordHasher"
]
LOGIN_URL = "/signin"
SILENCED_SYSTEM_CHECKS: list[str] = []

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": [
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        },
        "plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain" if _TRYING else "json"}},
    # Each call of a bank would be logged with its address, and a link's reference stands in some.
    "loggers": {"httpx": {"level": "WARNING"}},
    "root": {"handlers": ["console"], "level": text("HEYUE_LOG_LEVEL", "WARNING" if _TRYING else "INFO")},
}
