"""How the notices of a company stand now: what its addresses show, what was published, and what is done without a sentence.

Reads the live pages and the live stores in every check, and for every published version whether people were told of it. Refuses to
call a page right that did not answer, and anybody told whose mail was not sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import uuid4

from avow.app.notices import Looked, Notices
from avow.app.practice import report_practice
from avow.app.rights import open_keys
from avow.app.telling import Told, get_told
from avow.control.session import Session
from avow.datamap.practice import unsaid
from avow.duties.notices.telling import say_figures
from avow.prove.scene import Standing
from avow.prove.verdict import BROKE, COULD_NOT, HELD

if TYPE_CHECKING:
    from avow.app.duty_look import Look

DUTY = "notices"
_PUBLISH = "run `avow notices publish`"
_SERVE = "start the privacy centre (`avow serve centre`) or mend what stands before it"
SHOWN = 3  # practices that are named


def read_notices(look: Look) -> Iterator[Standing]:
    """One fact for each address, one for what was published, one for practice."""
    notices = Notices(look.project, look.connection)
    wanted = look.project.version.version
    yield _published(notices, wanted, look)
    for number, found in enumerate(notices.look(wanted), 1):
        yield _page(f"page-{number}", "equal", found)
    for found in notices.look_at_older(wanted):
        yield _page(f"older-{found.version}", "older", found)
    yield _practice(look)
    yield from read_told(look)


def read_told(look: Look) -> Iterator[Standing]:
    """One fact for each version that was published: a later one does not make up for telling nobody of the one before."""
    settings = look.project.settings
    session = Session(look.connection, settings.company, open_keys(settings), look.now, uuid4)
    for version in look.project.versions:
        told = get_told(session, look.project, version)
        if told.effective is None:
            continue
        words = f"version `{version.version}`: {told.fault or say_figures(told.decision, told.figures)}"
        if told.unread and not told.fault:
            yield _unread(told, words)
            continue
        repair = f"`avow notices show` says where it stands, `avow notices tell --version {version.version}` goes on"
        result = BROKE if told.fault else HELD
        yield Standing(DUTY, f"told-{version.version}", result, words, "told", repair if told.fault else "")


def _unread(told: Told, words: str) -> Standing:
    """Whoever stands only where nothing is read may be told or not: no record of Avow's can say."""
    stores = ", ".join(f"`{name}`" for name in told.unread)
    seen = f"{words}; whether people were told who stand only in {stores} is not known"
    repair = f"tell whoever stands only in {stores} by hand: Avow reads no addresses there"
    return Standing(DUTY, f"told-{told.version}", COULD_NOT, seen, "told", repair)


def _published(notices: Notices, wanted: str, look: Look) -> Standing:
    live = notices.find_in_force(look.now.date())
    if live == wanted:
        when = next(p.published_at for p in notices.list_publications() if p.version == wanted)
        return Standing(DUTY, "published", HELD, f"version `{wanted}` was published on {when:%Y-%m-%d}", "posted")
    says = f"version `{live}` was published last" if live else "no version was published"
    return Standing(DUTY, "published", BROKE, f"{says}, and `{wanted}` is in force", "posted", _PUBLISH)


def _page(name: str, aspect: str, found: Looked) -> Standing:
    says = f"{found.address} {found.says}" if found.right else f"{found.address}: {found.says}"
    if found.right:
        return Standing(DUTY, name, HELD, says, aspect)
    repair = "let it show the registered words of the version" if found.answered else _SERVE
    return Standing(DUTY, name, BROKE if found.answered else COULD_NOT, says, aspect, repair)


def _practice(look: Look) -> Standing:
    practices = report_practice(look.project, look.stores, look.connection)
    missing = unsaid(practices)
    if not missing:
        says = f"each of {len(practices)} things that are done with personal data has a sentence"
        return Standing(DUTY, "practice", HELD, says, "complete")
    names = "; ".join(f"{one.kind} {one.what}" for one in missing[:SHOWN])
    more = f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
    repair = "say it in the policy, stop doing it, or correct the map: `avow notices practice` lists all"
    return Standing(DUTY, "practice", BROKE, f"done without a sentence: {names}{more}", "complete", repair)
