"""Every address of the privacy centre. Refuses whatever is not listed; the last takes published pages alone."""

from django.urls import include, path

from avow.web.centre import (
    answers,
    banner,
    figures,
    marketing,
    mine,
    pages,
    policy,
    portal,
    preferences,
    published,
    requests,
    wizard,
)
from avow.web.health import health

urlpatterns = [
    path("health", health),
    path("language/", include("django.conf.urls.i18n")),
    path("account/", include("allauth.urls")),
    path("", pages.home, name="home"),
    path("your-account/", pages.account, name="account"),
    path("contact/", pages.contact, name="contact"),
    path("ask/", wizard.ask, name="ask"),
    path("ask/check/", wizard.check, name="ask_check"),
    path("ask/<slug:step>/", wizard.ask, name="ask_step"),
    path("stop-marketing/", marketing.stop, name="stop_marketing"),
    path("preferences/", preferences.preferences, name="preferences"),
    path("preferences/<uuid:consent>.json", preferences.receipt, name="receipt"),
    path("no/<str:token>/", marketing.say_no, name="say_no"),
    path("follow/", requests.follow, name="follow"),
    path("requests/", requests.show_all, name="requests"),
    path("requests/<slug:reference>/", requests.show, name="request"),
    path("requests/<slug:reference>/sent/", requests.sent, name="request_sent"),
    path("requests/<slug:reference>/code/", requests.code, name="request_code"),
    path("requests/<slug:reference>/code/send/", requests.resend, name="request_resend"),
    path("requests/<slug:reference>/message/", requests.add_message, name="request_message"),
    path("requests/<slug:reference>/withdraw/", requests.withdraw, name="request_withdraw"),
    path("requests/<slug:reference>/contest/", requests.contest, name="request_contest"),
    path("requests/<slug:reference>/fee/", requests.decide_fee, name="request_fee"),
    path("requests/<slug:reference>/facts/", requests.offer_facts, name="request_facts"),
    path("requests/<slug:reference>/document/", requests.offer_document, name="request_document"),
    path("requests/<slug:reference>/confirm/", requests.confirm, name="request_confirm"),
    path("requests/<slug:reference>/answer/", answers.show, name="answer"),
    path("requests/<slug:reference>/answer/again/", answers.make_again, name="answer_again"),
    path("requests/<slug:reference>/answer/<str:name>", answers.download, name="answer_file"),
    path("requests/<slug:reference>/certificate/", answers.certificate, name="certificate"),
    path("requests/<slug:reference>/certificate.json", answers.certificate_file, name="certificate_file"),
    path("mine/recipients/", mine.recipients, name="recipients"),
    path("mine/sources/", mine.sources, name="sources"),
    path("mine/keeping/", mine.keeping, name="keeping"),
    path("mine/looks/", mine.looks, name="looks"),
    path("mine/correct/", mine.correct, name="correct"),
    path("mine/correct/<int:number>/", mine.correct_item, name="correct_item"),
    path("figures/", figures.figures, name="figures"),
    path("policy/", policy.show, name="policy"),
    path("policy/<str:version>/", policy.show, name="policy_version"),
    path("policy/<str:version>/changes/", published.changes, name="policy_changes"),
    path("policy/<str:version>/read/", banner.acknowledge, name="policy_read"),
    path("sign-on/", portal.sign_on, name="sign_on"),
    path("<path:place>", published.published, name="published"),  # last: the addresses that policy versions name
]
handler400 = "avow.web.failures.bad_request"
handler403 = "avow.web.failures.forbidden"
handler404 = "avow.web.failures.not_found"
handler500 = "avow.web.failures.broken"
