"""Kinds of case of a store, out of `datamap.yaml`: about whom they are, and where the company's own program keeps them.

Promises: a kind names a mapped subject table; one that a program keeps names its column to that table, the column of its state,
the words of that column for open, and the days after which it ends by itself; every lack is a diagnostic. Refuses a case without
an end: what it opens would stay open when everybody forgot it.
"""

from __future__ import annotations

from avow.datamap.model import CaseKind, Table
from avow.yamlplaces import Node, did_you_mean

_KEPT = ("table", "key", "column", "state", "open", "days")
_SO = "what cases of this kind open in the store stays closed"


def case_kind(kind: str, node: Node, tables: tuple[Table, ...]) -> CaseKind:
    """One entry below `cases:` of a store. Raises nothing; see `map.bad-case`."""
    given = node.mapping(("about", *_KEPT), required=("about",), what=f"the cases of kind `{kind}`")
    text = {key: given[key].text() if key in given else "" for key in ("about", "table", "key", "column", "state")}
    read = CaseKind(
        kind,
        text["about"],
        text["table"],
        text["column"],
        text["state"],
        given["open"].texts() if "open" in given else (),
        given["days"].whole() if "days" in given else 0,
        text["key"],
        node.place,
    )
    subject = next((t for t in tables if t.name == read.subject), None)
    if read.subject and (subject is None or not subject.key):
        help = did_you_mean(read.subject, [t.name for t in tables if t.key])
        given["about"].add("map.bad-case", f"`{read.subject}` is no mapped table with a `key`", help, _SO)
    if read.table or any(key in given for key in _KEPT):
        _check_kept(read, node, tables)
    return read


def _check_kept(read: CaseKind, node: Node, tables: tuple[Table, ...]) -> None:
    missing = [key for key in _KEPT if not getattr(read, key)]
    if missing:
        help = (
            "a case that a program keeps needs `table`, `key`, `column`, `state`, `open` and `days`, at least one day"
        )
        node.add("map.bad-case", f"the cases of kind `{read.kind}` do not say {', '.join(missing)}", help, _SO)
    table = next((t for t in tables if t.name == read.table), None)
    if read.table and table is None:
        help = did_you_mean(read.table, [t.name for t in tables])
        node.add("map.bad-case", f"`{read.table}` is not mapped", help, _SO)
    for name in (read.key, read.column, read.state):
        if table is not None and name and not table.find_column(name):
            help = did_you_mean(name, [c.name for c in table.columns])
            node.add("map.bad-case", f"`{read.table}` has no mapped column `{name}`", help, _SO)
