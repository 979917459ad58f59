"""Django's settings of the privacy centre: what is shared, and what only customers' pages need."""

from avow.web.process import current
from avow.web.settings import shared

_settings = shared.build(current())
_settings["ROOT_URLCONF"] = "avow.web.centre.urls"
_settings["INSTALLED_APPS"] += [
    "avow.web.centre",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]
_settings["TEMPLATES"][0]["OPTIONS"]["context_processors"].append("avow.web.centre.banner.news")
# a paper that shows who somebody is stays in memory until it is sealed: none is ever laid down in a file
_settings["FILE_UPLOAD_HANDLERS"] = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
_settings["FILE_UPLOAD_MAX_MEMORY_SIZE"] = 11 * 1024 * 1024
_oidc = current().desk.oidc
if _oidc.name:
    _settings["SOCIALACCOUNT_PROVIDERS"] = {
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": "company",
                    "name": _oidc.name,
                    "client_id": _oidc.client,
                    "secret": _oidc.secret,
                    "settings": {"server_url": _oidc.server, "oauth_pkce_enabled": True},
                }
            ]
        }
    }
    # the sign-in form is sent to us and answered with a redirect to the provider
    _settings["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]["form-action"].append(_oidc.server)
_settings["SOCIALACCOUNT_ONLY"] = False
_settings["SOCIALACCOUNT_EMAIL_VERIFICATION"] = "mandatory"
globals().update(_settings)
