"""What the privacy centre and the console have in common, as Django settings.

Never sets what keeps them apart (schema, login, key, cookies, addresses) to one and the same value: those come from the process.
"""

from __future__ import annotations

import hashlib
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from psycopg.conninfo import conninfo_to_dict

from avow.web.process import WebProcess

WEB = Path(str(files("avow.web")))
LANGUAGE_NAMES = {"en": "English", "ar": "العربية"}  # each in its own language: that is how a reader finds it


def build(process: WebProcess) -> dict[str, Any]:
    """Every setting that both desks share. Takes the process, gives names and values."""
    return {
        **_identity(process),
        **_database(process),
        **_pages(process),
        **_cookies(process),
        **_headers(process),
        **_accounts(process),
    }


def _identity(process: WebProcess) -> dict[str, Any]:
    host = urlsplit(process.desk.address).hostname or "localhost"
    listening = process.desk.listen.rpartition(":")[0]
    return {
        "AVOW": process,
        "DEBUG": False,
        "SECRET_KEY": process.secret_key,
        "ALLOWED_HOSTS": sorted({host, listening}),
        "CSRF_TRUSTED_ORIGINS": [process.desk.address],
        "USE_TZ": True,
        "TIME_ZONE": "UTC",
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "SITE_ID": None,
        "LOGGING": _logging(),
        "DATA_UPLOAD_MAX_MEMORY_SIZE": 1_000_000,
    }


def _logging() -> dict[str, Any]:
    """Errors to standard error, by kind and place in the code. Values of a request or of a traceback never go there."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"plain": {"()": "avow.web.logs.PlainFormatter"}},
        "handlers": {"errors": {"class": "logging.StreamHandler", "level": "ERROR", "formatter": "plain"}},
        "loggers": {"django": {"handlers": ["errors"], "level": "ERROR", "propagate": False}},
    }


def _database(process: WebProcess) -> dict[str, Any]:
    known = conninfo_to_dict(process.dsn)
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    options = {key: value for key, value in known.items() if key not in (*names, "options")}
    return {
        "DATABASES": {
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                **{setting: str(known[key]) for key, setting in names.items() if key in known},
                "OPTIONS": {
                    **options,
                    "options": f"-c search_path={process.schema} -c application_name=avow-{process.schema}",
                    "pool": {"min_size": 1, "max_size": 8, "timeout": 10},
                },
            }
        },
        "CACHES": {
            "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "web_cache"},
        },
    }


def _pages(process: WebProcess) -> dict[str, Any]:
    return {
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [WEB / "templates"],
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                        "django.template.context_processors.i18n",
                        "avow.web.context.page",
                    ],
                    "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
                },
            }
        ],
        "FORM_RENDERER": "avow.web.forms.Renderer",
        "STATIC_URL": f"/static/{_digest_of_static_files()}/",
        "STATICFILES_DIRS": [WEB / "static"],
        "WHITENOISE_USE_FINDERS": True,
        "WHITENOISE_MAX_AGE": 31_536_000,  # the address changes with the files
        "LANGUAGE_CODE": process.desk.languages[0],
        "LANGUAGES": [(code, LANGUAGE_NAMES[code]) for code in process.desk.languages],
        "LOCALE_PATHS": [process.locale],
        "USE_I18N": True,
        "FORMAT_MODULE_PATH": "avow.web.formats",
        "MIDDLEWARE": [
            "django.middleware.security.SecurityMiddleware",
            "avow.web.headers.headers",
            "whitenoise.middleware.WhiteNoiseMiddleware",
            "csp.middleware.CSPMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.locale.LocaleMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
            "allauth.account.middleware.AccountMiddleware",
            "django_htmx.middleware.HtmxMiddleware",
        ],
        "INSTALLED_APPS": [
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "django.contrib.sessions",
            "django.contrib.messages",
            "django.contrib.humanize",  # the pages of passkeys say how long ago
            "django.contrib.staticfiles",
            "django.forms",
            "django_htmx",
            "csp",
            "avow.web.accounts",
            "allauth",
            "allauth.account",
            "allauth.mfa",
        ],
    }


def _digest_of_static_files() -> str:
    digest = hashlib.sha256()
    for path in sorted((WEB / "static").rglob("*")):
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _cookies(process: WebProcess) -> dict[str, Any]:
    """Names differ by desk, because cookies do not know ports; `__Host-` keeps them to one host where there is https."""
    start = f"__Host-{process.schema}" if process.secure else process.schema
    return {
        "SESSION_ENGINE": "avow.web.sessions",
        "SESSION_COOKIE_NAME": f"{start}_session",
        "SESSION_COOKIE_SECURE": process.secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_AGE": 8 * 3600,
        "SESSION_EXPIRE_AT_BROWSER_CLOSE": True,
        "CSRF_COOKIE_NAME": f"{start}_csrf",
        "CSRF_COOKIE_SECURE": process.secure,
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_FAILURE_VIEW": "avow.web.failures.csrf",
        "LANGUAGE_COOKIE_NAME": f"{start}_language",
        "LANGUAGE_COOKIE_SECURE": process.secure,
        "LANGUAGE_COOKIE_HTTPONLY": True,
        "LANGUAGE_COOKIE_SAMESITE": "Lax",
        "MESSAGE_STORAGE": "django.contrib.messages.storage.session.SessionStorage",
    }


def _headers(process: WebProcess) -> dict[str, Any]:
    """A strict content security policy: own files only, no inline script or style, no frame."""
    own = [SELF]
    return {
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "SECURE_REFERRER_POLICY": "same-origin",
        "SECURE_CROSS_ORIGIN_OPENER_POLICY": "same-origin",
        "SECURE_HSTS_SECONDS": 31_536_000 if process.secure else 0,
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https") if process.secure else None,
        "X_FRAME_OPTIONS": "DENY",
        "CONTENT_SECURITY_POLICY": {
            "DIRECTIVES": {
                "default-src": [NONE],
                "script-src": own,
                "style-src": own,
                "img-src": [*own, "data:"],  # the picture of a one-time-password secret
                "connect-src": own,
                "form-action": own,
                "frame-ancestors": [NONE],
                "base-uri": [NONE],
            }
        },
    }


def _accounts(process: WebProcess) -> dict[str, Any]:
    return {
        "AUTH_USER_MODEL": "accounts.User",
        "AUTHENTICATION_BACKENDS": ["allauth.account.auth_backends.AuthenticationBackend"],
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.Argon2PasswordHasher"],
        "AUTH_PASSWORD_VALIDATORS": [
            {
                "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
                "OPTIONS": {"min_length": 12},
            },
            {"NAME": "avow.web.accounts.strength.StrengthValidator"},
        ],
        "LOGIN_REDIRECT_URL": "/",
        "LOGIN_URL": "account_login",
        "EMAIL_BACKEND": "avow.web.accounts.mail.OutboxBackend",
        "DEFAULT_FROM_EMAIL": process.contact.email or f"privacy@{urlsplit(process.desk.address).hostname}",
        "ACCOUNT_ADAPTER": "avow.web.accounts.adapter.AccountAdapter",
        "ACCOUNT_USER_MODEL_USERNAME_FIELD": None,
        "ACCOUNT_LOGIN_METHODS": {"email"},
        "ACCOUNT_SIGNUP_FIELDS": ["email*", "password1*", "password2*"],
        "ACCOUNT_EMAIL_VERIFICATION": "mandatory",
        "ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED": True,
        "ACCOUNT_PREVENT_ENUMERATION": "strict",
        "ACCOUNT_EMAIL_SUBJECT_PREFIX": "",
        "ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE": False,
        "ACCOUNT_SESSION_REMEMBER": False,
        "ACCOUNT_REAUTHENTICATION_TIMEOUT": 300,
        "ACCOUNT_DEFAULT_HTTP_PROTOCOL": "https" if process.secure else "http",
        "MFA_SUPPORTED_TYPES": ["webauthn", "totp", "recovery_codes"],
        "MFA_PASSKEY_LOGIN_ENABLED": True,
        "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN": not process.secure,  # passkeys on http://localhost, for trying it out
        "MFA_TOTP_ISSUER": process.title or process.company,
        "MFA_TOTP_TOLERANCE": 1,  # a clock that is 30 seconds off, and a code that ran out while it was typed (RFC 6238, 5.2)
    }
