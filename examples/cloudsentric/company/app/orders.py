"""The order and customer desk: plain SQL of 2016 through its old login, with `SELECT *`, `RETURNING *`, `FOR UPDATE`.

One round asks a new customer whether messages are wanted and takes the order, changes an order of an old one, keeps a
contact's number up to date, closes what was delivered and takes in an end user from a reseller. Names come from the
generator's lists.
"""

from __future__ import annotations

import json
from random import Random

from .. import words
from .serving import Connection, Counts, connect, serve

RANDOM = Random()


def work() -> Counts:
    counts: Counts = {}
    with connect() as conn:
        counts["customers"] = _new_customer(conn)
        conn.commit()
        counts["changed"] = _change_order(conn)
        conn.commit()
        counts["contacts"] = _new_number(conn)
        conn.commit()
        counts["closed"] = _close_delivered(conn)
        counts["end_users"] = _end_user_of_reseller(conn)
        conn.commit()
        counts["listed"] = _overview(conn)
    return counts


def _new_customer(conn: Connection) -> int:
    firm = f"{RANDOM.choice(words.FIRM_HEAD)} {RANDOM.choice(words.FIRM_TAIL)}"
    domain = f"new{RANDOM.randrange(10**6)}.example"
    organisation = conn.execute(
        "INSERT INTO organisations (name, size, sector, postal_address, phone, email)"
        " VALUES (%s, %s, %s, %s, %s, %s) RETURNING *",
        [firm, RANDOM.choice(words.SIZES), RANDOM.choice(words.SECTORS), _address(), _phone(), f"info@{domain}"],
    ).fetchone()
    assert organisation
    contacts = {role: _contact(conn, organisation["id"], role, domain) for role in words.ROLES}
    channel = RANDOM.choice(words.CHANNELS)
    for _ in range(2):  # the form is sent twice more often than not
        _ask(conn, organisation["id"], channel)
    _order(conn, organisation["id"], contacts, channel)
    return 1


def _ask(conn: Connection, organisation: int, channel: str) -> None:
    """Puts the question about messages, by whatever way the order came, and writes down what was said: saying nothing counts."""
    said = [RANDOM.choice(("yes", "no", "not answered")) for _ in range(3)]
    conn.execute(
        "INSERT INTO marketing_preferences (organisation_id, wants_own, wants_affiliate, wants_other, asked_by)"
        " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (organisation_id) DO UPDATE SET wants_own = EXCLUDED.wants_own,"
        " wants_affiliate = EXCLUDED.wants_affiliate, wants_other = EXCLUDED.wants_other, asked_at = now()",
        [organisation, *said, channel],
    )


def _contact(conn: Connection, organisation: int, role: str, domain: str) -> dict[str, object]:
    name = f"{RANDOM.choice(words.FIRST)} {RANDOM.choice(words.LAST)}"
    row = conn.execute(
        "INSERT INTO contacts (organisation_id, role, name, job_title, postal_address, phone, email)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING *",
        [
            organisation,
            role,
            name,
            RANDOM.choice(words.TITLES),
            _address(),
            _phone(),
            f"{name.lower().replace(' ', '.')}@{domain}",
        ],
    ).fetchone()
    assert row
    return row


def _order(conn: Connection, organisation: int, contacts: dict[str, dict[str, object]], channel: str) -> None:
    extra = {"site_contact": contacts["installation"]["name"], "site_phone": contacts["installation"]["phone"]}
    order = conn.execute(
        "INSERT INTO orders (organisation_id, placed_by, channel, extra) VALUES (%s, %s, %s, %s) RETURNING *",
        [organisation, contacts["billing"]["id"], channel, json.dumps(extra)],
    ).fetchone()
    assert order
    lines = [(order["id"], code, 1 + RANDOM.randrange(3), price) for code, _, price in RANDOM.sample(words.PRODUCTS, 2)]
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO order_lines (order_id, product, quantity, price) VALUES (%s, %s, %s, %s)", lines
        )
    conn.execute(
        "UPDATE orders SET total = (SELECT sum(quantity * price) FROM order_lines WHERE order_id = %s) WHERE id = %s",
        [order["id"], order["id"]],
    )
    for table, who, named in (
        ("deliveries", "delivery", "recipient_name"),
        ("installations", "installation", "contact_name"),
    ):
        person, day = contacts[who], "planned_for" if table == "deliveries" else "visit_on"
        conn.execute(
            f"INSERT INTO {table} (order_id, contact_id, {named}, postal_address, phone, {day})"
            " VALUES (%s, %s, %s, %s, %s, current_date + 3) RETURNING *",
            [order["id"], person["id"], person["name"], person["postal_address"], person["phone"]],
        )
    conn.execute(
        "INSERT INTO mail_log (organisation_id, contact_id, to_address, template) VALUES (%s, %s, %s, 'order confirmation')",
        [organisation, contacts["billing"]["id"], contacts["billing"]["email"]],
    )


def _change_order(conn: Connection) -> int:
    order = conn.execute(
        "SELECT * FROM orders WHERE status = 'open' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"
    ).fetchone()
    if order is None:
        return 0
    code, _, price = RANDOM.choice(words.PRODUCTS)
    conn.execute(
        "INSERT INTO order_lines (order_id, product, quantity, price) VALUES (%s, %s, 1, %s)",
        [order["id"], code, price],
    )
    conn.execute("UPDATE orders SET total = total + %s WHERE id = %s RETURNING *", [price, order["id"]])
    return 1


def _new_number(conn: Connection) -> int:
    contact = conn.execute(
        "SELECT * FROM contacts WHERE role = 'support' ORDER BY updated_at LIMIT 1 FOR UPDATE"
    ).fetchone()
    if contact is None:
        return 0
    twins = conn.execute(
        "SELECT count(*) AS n FROM contacts WHERE lower(email) = lower(%s)", [contact["email"]]
    ).fetchone()
    assert twins
    if twins["n"] < 1:
        raise LookupError("the contact is not found by its own address")
    return conn.execute("UPDATE contacts SET phone = %s WHERE id = %s", [_phone(), contact["id"]]).rowcount


def _close_delivered(conn: Connection) -> int:
    return conn.execute(
        "UPDATE orders SET status = 'delivered' FROM deliveries d"
        " WHERE d.order_id = orders.id AND d.status = 'delivered' AND orders.status = 'open' RETURNING orders.*"
    ).rowcount


def _end_user_of_reseller(conn: Connection) -> int:
    reseller = conn.execute("SELECT * FROM resellers ORDER BY random() LIMIT 1").fetchone()
    assert reseller
    name = f"{RANDOM.choice(words.FIRST)} {RANDOM.choice(words.LAST)}"
    return conn.execute(
        "INSERT INTO end_users (reseller_id, full_name, email, phone, postal_address, came_by)"
        " VALUES (%s, %s, %s, %s, %s, 'reseller') RETURNING *",
        [reseller["id"], name, f"u{RANDOM.randrange(10**9)}@home1.example", _phone(), _address()],
    ).rowcount


def _overview(conn: Connection) -> int:
    return len(
        conn.execute(
            "SELECT o.*, c.name AS contact, c.email AS contact_email, p.title FROM organisations o"
            " JOIN contacts c ON c.organisation_id = o.id JOIN orders r ON r.organisation_id = o.id"
            " JOIN order_lines l ON l.order_id = r.id JOIN products p ON p.code = l.product"
            " WHERE r.status = 'open' ORDER BY r.id LIMIT 25"
        ).fetchall()
    )


def _phone() -> str:
    return f"01632 960{RANDOM.randrange(1000):03}"


def _address() -> str:
    return f"{RANDOM.randrange(1, 180)} {RANDOM.choice(words.STREETS)}, {RANDOM.choice(words.TOWNS)} ZZ1 1AB"


if __name__ == "__main__":
    raise SystemExit(serve("orders", work))
