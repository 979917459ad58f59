"""Entries for what is observed, attested, or has no probe yet. Refuses to dress a missing probe up as a proof."""

from __future__ import annotations

from collections.abc import Callable

from avow.policy.promise import Rule
from avow.prove.catalogue.entry import Entry
from avow.prove.inquiry import Inquiry, Outcome, could_not
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


def _no_controls(scene: Scene, rule: Rule) -> tuple[str, ...]:
    return ()


def _missing(name: str, words: str) -> Callable[[Inquiry, Rule], tuple[Outcome, ...]]:
    """A probe that says what is missing: the rule stays unproven and the reason is shown."""

    def probe(inquiry: Inquiry, rule: Rule) -> tuple[Outcome, ...]:
        detail = str(rule.detail.get("after") or "")
        named = f" (`{detail}`)" if detail else ""
        return (inquiry.attempt(name, "catalogue", lambda: could_not(f"{words}{named}")),)

    return probe


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
    compiled=("none in this release: retention needs the duty that deletes",),
    controls=_no_controls,
    probes=_missing("bound-missing", "no deletion runs under this time limit yet, so there is nothing to probe"),
    probe_names=("bound-missing",),
    sabotages=(),
    cannot_show="Anything, in this release: the statement stays unproven.",
)

DUTY = Entry(
    kind="duty",
    means="The company does the named duty without anyone asking, and what the sentence promises of it can be shown.",
    compiled=("none in the database but what the duty itself opens and closes there: Avow performs it",),
    controls=_duty_controls,
    probes=probe_duty,
    probe_names=("shopper-<duty>-<what is shown>", "standing-<duty>-<what stands>"),
    sabotages=(
        "let-ended-cases-count",
        "drop-the-trigger-of-the-programs-cases",
        "let-the-requester-approve",
        "close-without-a-finding",
        "disclose-without-a-case",
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
