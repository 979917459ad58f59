"""How the real ways in stand now: deliveries that nobody works through, lists out of licence, keys of resellers, the share of uses.

Counts and names of things. Refuses to say whose a row is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from psycopg import sql

from avow.app.databases import control_dsn
from avow.app.intake_uses import read_share
from avow.prove.scene import Standing, StoreScene
from avow.prove.verdict import BROKE, COULD_NOT, HELD

if TYPE_CHECKING:
    from avow.app.duty_look import Look

DUTY = "intakes"
WAITS = timedelta(hours=6)


def read_intakes(look: Look) -> Iterator[Standing]:
    yield _waiting(look)
    yield _share(look)
    for store in look.stores:
        if store.applied and store.open_survey is not None:
            yield from _licences(look, store)
            yield from _parties(store)


def _waiting(look: Look) -> Standing:
    row = look.connection.execute(
        "SELECT count(*) FROM control.delivery WHERE company = %s AND state = 'waiting' AND NOT synthetic AND opened_at < %s",
        [look.project.settings.company, look.now - WAITS],
    ).fetchone()
    late = int(row[0]) if row else 0
    if late:
        return Standing(
            DUTY, "deliveries", BROKE, f"{late} deliveries wait since more than {WAITS}", "", "start `avow work`"
        )
    return Standing(DUTY, "deliveries", HELD, "no delivery waits to be screened")


def _share(look: Look) -> Standing:
    with control_dsn(look.project.settings, lambda line: None) as dsn:
        share = read_share(look.project, dsn)
    seen = f"{share.service} of {share.total} recorded uses served to supply what was ordered"
    if not share.total:
        repair = "let programs take their purpose through Avow's client: see docs/howto/record-uses.md"
        return Standing(DUTY, "uses", COULD_NOT, "no use is on record yet", "mostly-service", repair)
    if share.is_most:
        return Standing(DUTY, "uses", HELD, seen, "mostly-service")
    return Standing(DUTY, "uses", BROKE, seen, "mostly-service", "most uses are for something else: mend the sentence")


def _licences(look: Look, store: StoreScene) -> Iterator[Standing]:
    """Rows of lists whose licence has ended must be gone."""
    assert store.open_survey is not None
    for way in (w for w in store.map.intakes if "licensed_until" in w.batch):
        home, _, name = way.table.rpartition(".")
        query = sql.SQL(
            "SELECT count(*) FROM {} t JOIN avow.batch b ON b.id = t.avow_batch WHERE (b.facts ->> 'licensed_until')::date < %s"
        ).format(sql.Identifier(home, name))
        with store.open_survey() as connection:
            row = connection.execute(query, [look.now.date()]).fetchone()
        late = int(row[0]) if row else 0
        seen = f"{late} rows of {way.table} stand there although their licence has ended"
        if late:
            yield Standing(DUTY, f"licence-{way.name}", BROKE, seen, "broker-facts", "let `avow work` sweep them")
        else:
            seen = f"no row of {way.name} is out of licence"
            yield Standing(DUTY, f"licence-{way.name}", HELD, seen, "broker-facts")


def _parties(store: StoreScene) -> Iterator[Standing]:
    """The keys that logins hold are those of the map, and no others."""
    assert store.open_survey is not None
    wanted = {(x.name, name, key) for x in store.map.logins for name, key in x.own.items()}
    if not wanted:
        return
    with store.open_survey() as connection:
        found = {tuple(row) for row in connection.execute("SELECT login, attribute, key FROM avow.party").fetchall()}
    other = sorted({login for login, _, _ in found ^ wanted})
    if other:
        seen = f"the key of {', '.join(other)} is not the one of the data map"
        yield Standing(DUTY, "own-keys", BROKE, seen, "reseller-apart", "run `avow apply`")
    else:
        yield Standing(DUTY, "own-keys", HELD, f"{len(wanted)} logins hold the keys of the map", "reseller-apart")
