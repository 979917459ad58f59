"""Django's settings of the console: what is shared, and what only staff's pages need. Nobody signs up there."""

from avow.web.process import current
from avow.web.settings import shared

_settings = shared.build(current())
_settings["ROOT_URLCONF"] = "avow.web.console.urls"
_settings["INSTALLED_APPS"] += ["avow.web.console"]
_settings["SESSION_COOKIE_SAMESITE"] = "Strict"
_settings["LOGIN_REDIRECT_URL"] = "/"
_settings["MIDDLEWARE"] += ["avow.web.console.access.Gate", "avow.web.api.failures.one_shape"]
_settings["TEMPLATES"][0]["OPTIONS"]["context_processors"].append("avow.web.console.places.places")
_settings["TEMPLATES"][0]["OPTIONS"]["builtins"].append("avow.web.console.words")
globals().update(_settings)
