"""One table, one aggregate, one login of `datamap.yaml`: from YAML to the model.

Promises: every wrong entry is a diagnostic with its place; what can be checked inside one entry is checked here, what
needs other tables (owner paths, copies) is left to `read.py`. Raises nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from avow.datamap.model import Aggregate, Attribute, Column, Group, Login, Measure, OwnerPath, RecordKind, Table
from avow.datamap.questions import asks, outcomes
from avow.datamap.words import ERASURES, STAGES, Terms, column, one_of, pair, source_of, steps, term
from avow.yamlplaces import Node, did_you_mean

_TABLE_KEYS = [
    "key",
    "records",
    "attributes",
    "source",
    "clock",
    "owners",
    "harmless",
    "columns",
    "ignore",
    "copy_of",
    "hot",
    "is",
    "erasure",
    "ground",
    "years",
    "outcomes",
    "asks",
    "unchanging",
]


def table(name: str, node: Node, terms: Terms) -> Table:
    """Read one table. Raises nothing; see `map.*` codes for what is diagnosed."""
    if "." not in name:
        help = "write the schema too, as in `public.contacts`"
        node.add("map.unknown-table", f"`{name}` does not name a schema and a table", help)
    given = node.mapping(_TABLE_KEYS, what=f"table `{name}`")
    if "ignore" in given:
        return _ignored(name, node, given)
    if "columns" not in given:
        help = "list every column, or write `ignore: <reason>` where no person is in it"
        node.add("yaml.missing-key", f"table `{name}` needs the key `columns`", help)
    columns = _columns(given, terms)
    attributes = _attributes(given)
    read = Table(
        name,
        columns=columns,
        records=_records(given, terms),
        key=given["key"].text() if "key" in given else "",
        owners=_owners(name, given),
        attributes=attributes,
        source=source_of(given["source"], terms) if "source" in given else None,
        clock=given["clock"].text() if "clock" in given else "",
        harmless="harmless" in given and given["harmless"].flag(),
        copy_of=given["copy_of"].text() if "copy_of" in given else "",
        place=node.place,
        hot=_hot(given),
        organisation="is" in given and one_of(given["is"], ("organisation",), "kind of subject table") != "",
        erasure=one_of(given["erasure"], ERASURES, "way to erase a row") if "erasure" in given else "",
        ground=given["ground"].text() if "ground" in given else "",
        years=_years(given["years"]) if "years" in given else 0,
        outcomes=outcomes(given["outcomes"], terms) if "outcomes" in given else None,
        asks=asks(given["asks"]) if "asks" in given else None,
        unchanging=given["unchanging"].text() if "unchanging" in given else "",
    )
    _check_columns_named(read, given, node)
    _check_records(read, given, node)
    _check_erasure(read, given, node)
    return read


def _ignored(name: str, node: Node, given: Mapping[str, Node]) -> Table:
    if given.keys() - {"ignore"}:
        help = "keep `ignore` alone, or describe the table"
        node.add("map.ignored-personal", f"`{name}` is described and ignored at once", help)
    return Table(name, (), (), ignore=given["ignore"].text(), place=node.place)


def _columns(given: Mapping[str, Node], terms: Terms) -> tuple[Column, ...]:
    entries = given["columns"].mapping() if "columns" in given else {}
    return tuple(column(name, below, terms) for name, below in entries.items())


def _hot(given: Mapping[str, Node]) -> tuple[tuple[str, ...], ...]:
    return tuple(entry.texts() for entry in given["hot"].sequence()) if "hot" in given else ()


def _years(node: Node) -> int:
    years = node.whole()
    if years < 1:
        node.add("map.bad-erasure", "rows are kept for at least one year", "write a number, as in `years: 6`")
    return years


def _check_erasure(read: Table, given: Mapping[str, Node], node: Node) -> None:
    """What stays needs a ground that can be told to the person; what goes needs none."""
    if read.organisation and not read.key:
        help = "add `key:` with the column that identifies the organisation"
        given["is"].add("map.bad-erasure", f"`{read.name}` is called a table of organisations and has no key", help)
    if read.erasure == "keep" and not read.ground:
        help = "add `ground: <why the law or a contract asks for it>`"
        so = "nobody could tell the person why the rows stay"
        given["erasure"].add("map.bad-erasure", f"the rows of `{read.name}` are kept without a ground", help, so)
    if read.erasure != "keep" and (read.ground or read.years):
        at = given.get("ground", given.get("years", node))
        at.add("map.bad-erasure", f"`{read.name}` has a ground and is not kept", "add `erasure: keep`, or drop it")


def _attributes(given: Mapping[str, Node]) -> tuple[Attribute, ...]:
    entries = given["attributes"].mapping() if "attributes" in given else {}
    return tuple(_attribute(name, below) for name, below in entries.items())


def _attribute(name: str, node: Node) -> Attribute:
    if node.kind != "mapping":
        return Attribute(name, node.text())
    given = node.mapping(("values",), required=("column",), what=f"attribute `{name}`")
    values = given["values"].mapping() if "values" in given else {}
    held = given["column"].text() if "column" in given else ""
    return Attribute(name, held, {word: below.raw for word, below in values.items()})


def _records(given: Mapping[str, Node], terms: Terms) -> tuple[RecordKind, ...]:
    return tuple(_record(entry, terms) for entry in given["records"].sequence()) if "records" in given else ()


def _record(node: Node, terms: Terms) -> RecordKind:
    given = node.mapping(("where",), required=("name", "subjects"), what="a record kind")
    where = given["where"].mapping() if "where" in given else {}
    subjects = given["subjects"].sequence(one=True) if "subjects" in given else ()
    return RecordKind(
        given["name"].text() if "name" in given else "",
        tuple(term(entry, "subject", terms) for entry in subjects),
        {name: below.text() for name, below in where.items()},
    )


def _owners(name: str, given: Mapping[str, Node]) -> tuple[OwnerPath, ...]:
    entries = given["owners"].sequence() if "owners" in given else ()
    if not entries:
        return (OwnerPath(name),) if "key" in given else ()
    return tuple(_owner(entry) for entry in entries)


def _owner(node: Node) -> OwnerPath:
    given = node.mapping(("via",), required=("to",), what="an owner path")
    return OwnerPath(
        given["to"].text() if "to" in given else "",
        steps(given["via"]) if "via" in given else (),
    )


def _check_columns_named(read: Table, given: Mapping[str, Node], node: Node) -> None:
    """Every column that another entry names must stand under `columns`."""
    names = [(read.key, "key"), (read.clock, "clock")]
    names += [(read.source.column, "source")] if read.source else []
    names += [(a.column, "attributes") for a in read.attributes]
    names += [(name, "hot") for columns in read.hot for name in columns]
    names += (
        [(c, "outcomes") for c in (*read.outcomes.purposes.values(), read.outcomes.channel)] if read.outcomes else []
    )
    for name, key in names:
        if name and not read.find_column(name):
            at = given.get(key, node)
            known = [c.name for c in read.columns]
            at.add(
                "map.unknown-column", f"`{key}` names `{name}`, no column of `{read.name}`", did_you_mean(name, known)
            )


def _check_records(read: Table, given: Mapping[str, Node], node: Node) -> None:
    if read.personal and not read.records:
        help = "add `records: [{name: ..., subjects: [...]}]`"
        so = "no promise about a kind of subject can be compared with its rows"
        node.add("map.no-record", f"`{read.name}` holds personal columns and no record kind", help, so)
    at = given.get("records", node)
    for record in read.records:
        for name, word in record.where.items():
            attribute = read.find_attribute(name)
            if attribute is None:
                known = [a.name for a in read.attributes]
                cause = f"`where` of `{record.name}` names `{name}`, no attribute of `{read.name}`"
                at.add("map.unknown-attribute", cause, did_you_mean(name, known))
            elif attribute.values and word not in attribute.values:
                cause = f"`{word}` is no value of the attribute `{name}` of `{read.name}`"
                at.add("map.unknown-attribute", cause, did_you_mean(word, attribute.values))


def aggregate(name: str, node: Node) -> Aggregate:
    """Read one aggregate; `groups` are columns, or mappings of `column` and `via`."""
    given = node.mapping(required=("table", "groups", "measures", "subject"), what=f"aggregate `{name}`")
    return Aggregate(
        name,
        given["table"].text() if "table" in given else "",
        tuple(_group(entry) for entry in given["groups"].sequence(one=True)) if "groups" in given else (),
        tuple(_measure(entry) for entry in given["measures"].sequence(one=True)) if "measures" in given else (),
        given["subject"].text() if "subject" in given else "",
        node.place,
    )


def _group(node: Node) -> Group:
    if node.kind != "mapping":
        return Group(node.text())
    given = node.mapping(required=("column", "via"), what="a group")
    return Group(given["column"].text() if "column" in given else "", steps(given["via"]) if "via" in given else ())


def _measure(node: Node) -> Measure:
    if node.kind != "mapping":
        one_of(node, ("count",), "measure without a column")
        return Measure("count")
    given = node.mapping(("sum", "avg"), what="a measure")
    if len(given) != 1:
        node.add("map.unknown-word", "a measure is one of `count`, `sum`, `avg`", "write `{sum: column}`")
    return next((Measure(kind, below.text()) for kind, below in given.items()), Measure("count"))


def login(name: str, node: Node, terms: Terms) -> Login:
    """Read one login; the default must be one of its pairs."""
    known = ("default", "stage", "source", "unmodified", "recipient", "own")
    given = node.mapping(known, required=("pairs",), what=f"login `{name}`")
    pairs = given["pairs"].sequence(one=True) if "pairs" in given else ()
    found = tuple(dict.fromkeys(p for entry in pairs if (p := pair(entry, terms))))
    default = pair(given["default"], terms) if "default" in given else None
    if default and default not in found:
        help = did_you_mean(str(default), map(str, found))
        given["default"].add("map.bad-pair", f"the default of `{name}` is none of its pairs", help)
    read = Login(
        name,
        found,
        default,
        one_of(given["stage"], STAGES, "stage") if "stage" in given else "observe",
        term(given["source"], "source", terms) if "source" in given else "",
        given["unmodified"].flag() if "unmodified" in given else True,
        node.place,
        given["recipient"].text() if "recipient" in given else "",
        own={name: below.raw for name, below in given["own"].mapping().items()} if "own" in given else {},
    )
    if read.unmodified and read.pairs and not read.default and read.stage != "observe":
        help, so = "add `default:` with one of its pairs", "its sessions would start without any right"
        node.add("map.bad-pair", f"`{name}` is unmodified and has no default pair", help, so, severity="warning")
    return read
