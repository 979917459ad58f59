"""Django's settings of the console: what is shared, and what only staff's pages need. Nobody signs up there."""

from avow.duties.rights.hands import LARGEST_FILE
from avow.web.process import current
from avow.web.settings import shared

_settings = shared.build(current())
_settings["ROOT_URLCONF"] = "avow.web.console.urls"
_settings["INSTALLED_APPS"] += ["avow.web.console"]
_settings["SESSION_COOKIE_SAMESITE"] = "Strict"
# what is uploaded is about people: it stays in memory, and what is larger is not taken
_settings["FILE_UPLOAD_HANDLERS"] = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
_settings["FILE_UPLOAD_MAX_MEMORY_SIZE"] = LARGEST_FILE + 100_000  # with the rest of the form around it
_settings["LOGIN_REDIRECT_URL"] = "/"
_settings["MIDDLEWARE"] += ["avow.web.console.access.Gate", "avow.web.api.failures.one_shape"]
_settings["TEMPLATES"][0]["OPTIONS"]["context_processors"].append("avow.web.console.places.places")
_settings["TEMPLATES"][0]["OPTIONS"]["builtins"].append("avow.web.console.words")
globals().update(_settings)
