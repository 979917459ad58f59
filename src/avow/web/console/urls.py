"""Every address of the console. What each asks of those who open it stands in `access`."""

from django.urls import include, path

from avow.web.console import accounts, joining, pages, queue, watching
from avow.web.health import health

urlpatterns = [
    path("health", health, name="health"),
    path("language/", include("django.conf.urls.i18n")),
    path("account/", include("allauth.urls")),
    path("join/<str:secret>/", joining.join, name="join"),
    path("", pages.home, name="home"),
    path("queue/", queue.queue, name="queue"),
    path("failures/", queue.failures, name="failures"),
    path("statistics/", queue.statistics, name="statistics"),
    path("verdicts/", watching.verdicts, name="verdicts"),
    path("verdicts/<str:statement>/", watching.verdict, name="verdict"),
    path("ledger/", watching.ledger, name="ledger"),
    path("looks/", watching.looks, name="looks"),
    path("staff/", accounts.staff, name="staff"),
    path("staff/invite/", accounts.staff_invite, name="staff_invite"),
    path("staff/invitations/<uuid:id>/withdraw/", accounts.staff_invitation_withdraw, name="staff_invitation_withdraw"),
    path("staff/<uuid:ref>/", accounts.staff_member, name="staff_member"),
    path("staff/<uuid:ref>/end/", accounts.staff_end, name="staff_end"),
    path("programs/", accounts.clients, name="clients"),
    path("programs/<uuid:id>/revoke/", accounts.client_revoke, name="client_revoke"),
]
handler400 = "avow.web.failures.bad_request"
handler403 = "avow.web.failures.forbidden"
handler404 = "avow.web.failures.not_found"
handler500 = "avow.web.failures.broken"
