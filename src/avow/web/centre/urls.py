"""Every address of the privacy centre."""

from django.urls import include, path

from avow.web.centre import pages
from avow.web.health import health

urlpatterns = [
    path("health", health),
    path("language/", include("django.conf.urls.i18n")),
    path("account/", include("allauth.urls")),
    path("", pages.home, name="home"),
]
handler400 = "avow.web.failures.bad_request"
handler403 = "avow.web.failures.forbidden"
handler404 = "avow.web.failures.not_found"
handler500 = "avow.web.failures.broken"
