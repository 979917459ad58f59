"""Every address of the console. What each asks of those who open it stands in `access`: an address that is not there opens for
nobody."""

from django.urls import include, path

from avow.web.api.endpoints import api
from avow.web.console import (
    accounts,
    case,
    deeds,
    entering,
    joining,
    letters,
    pages,
    posting,
    publishing,
    queue,
    tasks,
    watching,
)
from avow.web.health import health

urlpatterns = [
    path("health", health, name="health"),
    path("language/", include("django.conf.urls.i18n")),
    path("account/", include("allauth.urls")),
    path("join/<str:secret>/", joining.join, name="join"),
    path("", pages.home, name="home"),
    path("queue/", queue.queue, name="queue"),
    path("cases/<str:reference>/", case.case, name="case"),
    path("cases/<str:reference>/person/", case.case_values, name="case_values"),
    path("cases/<str:reference>/answer/", case.case_preview, name="case_preview"),
    path("cases/<str:reference>/answer/<str:name>", case.case_file, name="case_file"),
    path("cases/<str:reference>/erasure/", case.case_erasure, name="case_erasure"),
    path("cases/<str:reference>/letters/", letters.case_letter, name="case_letter"),
    path("cases/<str:reference>/document/", case.case_document, name="case_document"),
    path("cases/<str:reference>/message/", deeds.case_message, name="case_message"),
    path("cases/<str:reference>/assign/", deeds.case_assign, name="case_assign"),
    path("cases/<str:reference>/match/", deeds.case_match, name="case_match"),
    path("cases/<str:reference>/mask/", deeds.case_mask, name="case_mask"),
    path("cases/<str:reference>/hold/", deeds.case_hold, name="case_hold"),
    path("cases/<str:reference>/hold/release/", deeds.case_release_hold, name="case_release_hold"),
    path("cases/<str:reference>/retry/", deeds.case_retry, name="case_retry"),
    path("cases/<str:reference>/payment/", deeds.case_payment, name="case_payment"),
    path("cases/<str:reference>/identity/", deeds.case_identity, name="case_identity"),
    path("cases/<str:reference>/search/", deeds.case_search_again, name="case_search_again"),
    path("cases/<str:reference>/close/", deeds.case_close, name="case_close"),
    path("cases/<str:reference>/reopen/", deeds.case_reopen, name="case_reopen"),
    path("cases/<str:reference>/approve/", deeds.case_approve, name="case_approve"),
    path("enter/", entering.enter, name="enter"),
    path("entered/<str:reference>/", entering.entered, name="entered"),
    path("tasks/", tasks.tasks, name="tasks"),
    path("tasks/<uuid:id>/", tasks.task, name="task"),
    path("outbox/", posting.outbox, name="outbox"),
    path("outbox/approve/", posting.outbox_approve, name="outbox_approve"),
    path("outbox/bind/", posting.outbox_bind, name="outbox_bind"),
    path("api/", api.urls),
    path("failures/", queue.failures, name="failures"),
    path("statistics/", queue.statistics, name="statistics"),
    path("verdicts/", watching.verdicts, name="verdicts"),
    path("verdicts/<str:statement>/", watching.verdict, name="verdict"),
    path("verdicts/<str:statement>/publish/", publishing.verdict_publish, name="verdict_publish"),
    path("verdicts/<str:statement>/hold/", publishing.verdict_hold, name="verdict_hold"),
    path("verdicts/<str:statement>/reading/", publishing.reading_approve, name="reading_approve"),
    path("principles/", publishing.principles, name="principles"),
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
