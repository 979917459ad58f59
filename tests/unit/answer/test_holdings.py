"""The first page of the centre gets counts, words and days, and no value."""

from __future__ import annotations

import json

from avow.duties.rights.answer import count_holdings

from .conftest import ROWS, make_facts, row


def test_values_are_counted_by_category_and_records_by_source():
    counted = count_holdings(make_facts(), ROWS)
    assert counted["counts"]["network.email_addresses"] == 2
    assert counted["counts"]["communication.support_ticket"] == 2
    assert {"kind": "flow", "source": "automatic.network", "words": "the network", "records": 1} in counted["sources"]


def test_what_goes_when_is_told_by_kind_of_record():
    rows = [row("public.traffic", {"bytes": "1"}, at=f"2026-0{month}-01") for month in (1, 3)]
    (line,) = count_holdings(make_facts(), rows)["retention"]
    assert (line["kind"], line["first"], line["last"], line["values"]) == ("flow", "2026-04-01", "2026-05-30", 2)
    assert line["rule"] == "90 days after the record was made"


def test_recipients_come_with_their_days():
    (one,) = count_holdings(make_facts(), ())["recipients"]
    assert (one["name"], one["kind"], one["dates"]) == ("Northline Couriers Ltd", "delivery firm", ["2026-02-01"])


def test_no_value_is_in_it():
    text = json.dumps(count_holdings(make_facts(), ROWS))
    for r in ROWS:
        for value in r.values.values():
            assert len(value) < 4 or value not in text
