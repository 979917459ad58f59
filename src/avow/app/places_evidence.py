"""How places stand now: every store, server, replica, archive, copy, relay and firm against the places of the policy.

Refuses to call a place known because somebody once wrote it down: what a live server tells is read anew in every check.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import psycopg

from avow.app.duty_look import Look
from avow.app.places import declared_places, judge, live_places
from avow.duties.disclosures import places_allowed
from avow.duties.places import Fact, Judged
from avow.prove.inquiry import say_failure
from avow.prove.scene import Standing, StoreScene
from avow.prove.verdict import BROKE, COULD_NOT, HELD
from avow.stores.postgres.places import read_places


def read_places_standing(look: Look) -> Iterable[Standing]:
    """One fact for what is outside, one for what nobody knows, one for all that is well."""
    project = look.project
    if not places_allowed(project.version):
        return
    facts = [*declared_places(project)]
    for scene in look.stores:
        live, problem = _live(look, scene)
        facts += live
        if problem:
            yield Standing("places", f"live-{scene.name}", COULD_NOT, f"store `{scene.name}`: {problem}")
    yield from _standing(judge(project, facts))


def _live(look: Look, scene: StoreScene) -> tuple[tuple[Fact, ...], str]:
    if scene.map.kind != "postgresql":
        return (), ""
    if scene.open_survey is None:
        return (), scene.down or "no survey credential"
    try:
        with scene.open_survey() as connection:
            return live_places(look.project, scene.name, read_places(connection)), ""
    except psycopg.Error as error:
        return (), say_failure(error)


def _standing(judged: Judged) -> Iterator[Standing]:
    if judged.outside:
        words = "; ".join(f"{fact} is in `{fact.place}` ({fact.seen})" for fact in judged.outside[:4])
        yield Standing("places", "outside", BROKE, words, repair="move it, or end the use of it")
    if judged.unknown:
        words = "; ".join(f"nobody knows where {fact} is ({fact.seen})" for fact in judged.unknown[:4])
        yield Standing("places", "unknown", COULD_NOT, words, repair="write it down below [places] in avow.toml")
    if not judged.outside and not judged.unknown:
        live = sum(fact.live for fact in judged.inside)
        words = f"{len(judged.inside)} places are as promised, {live} of them told by live servers"
        yield Standing("places", "inside", HELD, words)
