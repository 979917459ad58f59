"""Entries for what is observed, attested, or has no probe yet. Refuses to dress a missing probe up as a proof."""

from __future__ import annotations

from avow.policy.promise import Rule
from avow.prove.catalogue.entry import Entry
from avow.prove.probes.bound import probe_bound
from avow.prove.probes.documents import probe_attest
from avow.prove.probes.duties import probe_duty
from avow.prove.probes.observations import probe_observation
from avow.prove.probes.rights import probe_right
from avow.prove.scene import Scene


def _observe_controls(scene: Scene, rule: Rule) -> tuple[str, ...]:
    return (f"observed: `{rule.detail.get('that', '')}` is looked at in every check",)


def _attest_controls(scene: Scene, rule: Rule) -> tuple[str, ...]:
    return (f"attested: evidence/{rule.detail.get('evidence', '')}.yaml",)


def _right_controls(scene: Scene, rule: Rule) -> tuple[str, ...]:
    return (f"performed: requests for {rule.detail.get('right', '')} are taken, worked and answered by Avow",)


def _duty_controls(scene: Scene, rule: Rule) -> tuple[str, ...]:
    return (f"performed: the duty of {rule.detail.get('duty', '')} goes through Avow",)


def _bound_controls(scene: Scene, rule: Rule) -> tuple[str, ...]:
    return (
        f"performed: what is due {rule.detail.get('days', 0)} days after {rule.detail.get('after', '')} is swept each hour",
    )


OBSERVE = Entry(
    kind="observe",
    means="A fact about the live rows holds, looked at in every check.",
    compiled=("none: a registered observation counts rows, within the budget",),
    controls=_observe_controls,
    probes=probe_observation,
    probe_names=("observation",),
    sabotages=(
        "staff-abroad",
        "lose-traffic",
        "close-without-an-answer",
    ),
    cannot_show="What was so between two checks.",
)

ATTEST = Entry(
    kind="attest",
    means="A document or a person vouches, with owner, date and expiry.",
    compiled=("none: evidence/<id>.yaml",),
    controls=_attest_controls,
    probes=probe_attest,
    probe_names=("attestation",),
    sabotages=("attestation-expired",),
    cannot_show="Whether what the person says is so; refused where a probe of ours could look instead.",
)

BOUND = Entry(
    kind="bound",
    means="Data is kept no longer than the named time after the named event.",
    compiled=(
        "postgresql: a sweep for each table that the limit reaches, run each hour by `avow work`",
        "postgresql: functions that drop whole partitions past their day, and nothing else",
    ),
    controls=_bound_controls,
    probes=probe_bound,
    probe_names=(
        "shopper-retention-<what is shown>-<store>/<table>",
        "bound-sweep-<store>/<table>",
        "bound-undated-<store>/<table>",
    ),
    sabotages=("stop-the-sweep", "delete-nothing", "lose-the-figures"),
    cannot_show="What stands in copies and backups until they end; the answer says when that is. Of figures that stay, how"
    " many there are is known, and not whether somebody changed one.",
)

DUTY = Entry(
    kind="duty",
    means="The company does the named duty without anyone asking, and what the sentence promises of it can be shown.",
    compiled=("none in the database but what the duty itself opens and closes there: Avow performs it",),
    controls=_duty_controls,
    probes=probe_duty,
    probe_names=("shopper-<duty>-<what is shown>", "standing-<duty>-<what stands>"),
    sabotages=(
        "read-after-the-contract",
        "never-end-a-password",
        "give-the-van-an-address",
        "let-another-firm-in",
        "ship-rows-to-a-server-abroad",
        "keep-a-slot-for-a-replica-that-nobody-knows",
        "leave-an-emergency-unjudged",
        "forget-what-was-refused",
        "hear-no-withdrawal",
        "let-who-gave-judge",
        "change-the-policy-page",
        "take-the-policy-down",
        "put-an-older-policy-in-its-place",
        "collect-without-a-sentence",
        "tell-nobody-of-a-version",
        "mark-people-as-told",
        "let-another-login-write",
        "drop-the-delivery-trigger",
        "let-resellers-see-all",
        "give-a-reseller-anothers-key",
        "grant-a-field-without-need",
        "lose-the-company-list",
        "use-a-list-out-of-licence",
        "name-another-broker",
        "write-every-order-as-a-form",
        "take-leads-without-a-source",
        "delete-nothing",
        "stop-the-sweep",
        "show-objectors-to-the-campaign",
        "lose-what-avow-was-told",
        "call-answers-taken-that-nobody-took",
        "keep-the-worker-from-the-answers",
        "send-after-a-no",
        "let-a-breach-clock-run-out",
        "write-to-people-without-an-approved-letter",
        "let-who-wrote-a-letter-approve-it",
        "let-ended-cases-count",
        "drop-the-trigger-of-the-programs-cases",
        "let-the-requester-approve",
        "close-without-a-finding",
        "disclose-without-a-case",
        "register-only-whom-an-order-names",
        "leave-a-report-of-abuse-lying",
        "let-a-review-lapse",
        "sign-a-review-for-nobody",
    ),
    cannot_show="What is done outside the ways that Avow performs or governs.",
)

RIGHT = Entry(
    kind="right",
    means="A person can use the named right, end to end, in time, and what the sentence promises of it can be shown.",
    compiled=("none in the database but the marks that a right sets: requests, cases and answers perform it",),
    controls=_right_controls,
    probes=probe_right,
    probe_names=("shopper-<right>-<what is shown>", "requests-in-time"),
    sabotages=(
        "show-objectors-to-campaigns",
        "let-bought-lists-past-the-objectors",
        "keep-a-copy-of-the-erased",
    ),
    cannot_show="How a request of a real person went; only that a synthetic one goes well and that none is late.",
)
