"""The question about a use, and what waits for its outcome, kept by the governed database itself.

Promises: whatever program writes, no row that asks is completed (at the commit) before an outcome of the question about each
purpose stands on record about its person; an answer is written down with its way and its moment in the same transaction; a no
marks the person and the person's addresses at once. A yes lifts nothing here: whether it is newer than an objection that came
another way is for Avow's own record to say. Refuses an outcome outside the three words.
"""

from __future__ import annotations

from collections.abc import Iterator

from avow.compilers.postgres.identifiers import identifying, lists
from avow.compilers.postgres.objects import Target, Wanted
from avow.compilers.postgres.provenance import check
from avow.compilers.postgres.quoting import ident, literal, load_sql, table_ident
from avow.compilers.postgres.state import DEFINER, Masked, once
from avow.datamap.model import OwnerPath, Table
from avow.datamap.questions import shared_owners
from avow.policy.promise import Rule

KIND = "require.choice"
_SAYS = "write down what people answer, and let a no act at once"


def choice_objects(target: Target) -> Iterator[Wanted]:
    """Journal, triggers and checks for every table of answers, and the gate on every table that asks."""
    rules = [rule for rule in target.version.rules if rule.kind == KIND]
    answers = [t for t in target.governed if t.outcomes and _path_of(t) and t.name in target.survey.relations]
    if not (target.enforced and rules and answers):
        return
    why = tuple(sorted({rule.promise for rule in rules}))
    yield from _functions(target, answers, why)
    for table in answers:
        yield from _answered(target, table, why)
    for table in target.governed:
        answered = next((a for a in answers if table.asks and a.name == table.asks.recorded_in), None)
        if answered is not None and table.name in target.survey.relations:
            yield from _asked(table, answered, _asked_about(rules, answered), why)
    says = "take in what people had answered before"
    yield Wanted("backfill:choices", "prepare", "CALL avow.recall_choices()", "", says, why, transactional=False)


def _path_of(table: Table) -> OwnerPath | None:
    """The person whom an answer is about: the first path of one step."""
    return next((path for path in table.owners if len(path.steps) == 1), None)


def _asked_about(rules: list[Rule], answers: Table) -> list[str]:
    """The columns of the purposes that the rules ask about."""
    assert answers.outcomes is not None
    wanted = {purpose for rule in rules for purpose in rule.purposes}
    return [column for purpose, column in answers.outcomes.purposes.items() if purpose in wanted]


def _functions(target: Target, answers: list[Table], why: tuple[str, ...]) -> Iterator[Wanted]:
    """Each function is an object of its own, so that a changed one is seen. Where no use depends on objections there is nobody
    to mark, and an answer is only written down."""
    marks = any(name.startswith("deny objected:") for name in target.bits)
    refuse = load_sql("choice_refuse") if marks else load_sql("choice_unmarked")
    made = {
        "addresses_of": load_sql("choice_addresses").format(
            addresses="".join(_addresses(target, table, "digests") for table in answers) if marks else "",
            needles="".join(_addresses(target, table, "needles") for table in answers) if marks else "",
        ),
        "refuse": refuse,
        "choose": load_sql("choice"),
        **({"settle_choices": load_sql("choice_settle")} if marks else {}),
        "lift_addresses": load_sql("choice_lift").format(others="".join(_others(target)) if marks else ""),
        "recall_choices": load_sql("choice_all").format(recall="".join(_recall(table) for table in answers)),
    }
    for name, create in made.items():
        yield Wanted(f"function:avow.{name}", "prepare", create, "", _SAYS, why)


def _addresses(target: Target, answers: Table, form: str) -> str:
    """What the list keeps of the people's addresses (`digests`), or what finds rows that may have them (`needles`)."""
    path = _path_of(answers)
    people = target.store_map.find_table(path.subject) if path else None
    relation = target.survey.relations.get(people.name) if people else None
    found = identifying(people, relation.columns) if people and relation else []
    if people is None or relation is None or not found:
        return ""
    key_type = relation.find_type(people.key) or "text"
    return (
        f"  IF person_table = {literal(people.name)} THEN\n"
        f"    SELECT array_agg(d) INTO more FROM {table_ident(people.name)} t, unnest(avow.{form}({lists('t.', found)})) d\n"
        f"      WHERE t.{ident(people.key)} = ANY ({once('person_keys', key_type)});\n"
        "    found := found || coalesce(more, '{}');\n  END IF;\n"
    )


def _others(target: Target) -> Iterator[str]:
    """Of every table of people: the addresses of those who hold the mark and are not the ones who lift it."""
    for people in target.governed:
        relation = target.survey.relations.get(people.name)
        found = identifying(people, relation.columns) if people.key and relation else []
        if not found:
            continue
        key = f"t.{ident(people.key)}::text"
        yield (
            f"  SELECT array_agg(DISTINCT d) INTO more FROM {table_ident(people.name)} t\n"
            f"    JOIN avow.subject_state s ON s.subject_table = {literal(people.name)} AND s.subject_key = {key}"
            f" AND said_mark = ANY (s.marks),\n    unnest(avow.digests({lists('t.', found)})) d\n"
            f"    WHERE d = ANY (mine) AND NOT ({literal(people.name)} = person_table AND {key} = ANY (person_keys));\n"
            "  theirs := theirs || coalesce(more, '{}');\n"
        )


def _outcome(answers: Table, value: str) -> str:
    """What stands in a column as one of the three outcomes; null for anything else."""
    assert answers.outcomes is not None
    cases = " ".join(f"WHEN {literal(word)} THEN {literal(said)}" for said, word in answers.outcomes.words.items())
    return f"CASE {value}::text {cases} END"


def _recall(answers: Table) -> str:
    path, outcomes = _path_of(answers), answers.outcomes
    assert path is not None
    assert outcomes is not None
    return "".join(
        load_sql("choice_recall").format(
            subject=literal(path.subject),
            key=ident(path.steps[0].column),
            purpose=literal(purpose),
            outcome=_outcome(answers, f"p.{ident(column)}"),
            channel=f"coalesce(p.{ident(outcomes.channel)}::text, '')" if outcomes.channel else "''",
            at=f"coalesce(p.{ident(answers.clock)}, now())" if answers.clock else "now()",
            table=table_ident(answers.name),
        )
        for purpose, column in outcomes.purposes.items()
    )


def _answered(target: Target, answers: Table, why: tuple[str, ...]) -> Iterator[Wanted]:
    path, outcomes = _path_of(answers), answers.outcomes
    assert path is not None
    assert outcomes is not None
    suffix = Masked(answers, target.survey.relations[answers.name], ()).suffix
    function, key = f"avow.{ident(f'chosen_{suffix}')}", f"NEW.{ident(path.steps[0].column)}"
    channel = f"NEW.{ident(outcomes.channel)}::text" if outcomes.channel else "''"
    moved = f"TG_OP = 'INSERT' OR {key} IS DISTINCT FROM OLD.{ident(path.steps[0].column)}"
    body = "".join(
        f"  IF {moved} OR NEW.{ident(c)} IS DISTINCT FROM OLD.{ident(c)} THEN\n"
        f"    PERFORM avow.choose({literal(path.subject)}, {key}::text, {literal(purpose)},"
        f" {_outcome(answers, f'NEW.{ident(c)}')}, {channel});\n  END IF;\n"
        for purpose, c in outcomes.purposes.items()
    )
    create = (
        f"CREATE OR REPLACE FUNCTION {function}() {DEFINER}\nBEGIN\n  IF {key} IS NULL THEN RETURN NULL; END IF;\n"
        f"{body}  RETURN NULL;\nEND $body$;\nREVOKE ALL ON FUNCTION {function}() FROM PUBLIC"
    )
    yield Wanted(f"function:avow.chosen_{suffix}", "prepare", create, "", _SAYS, why)
    table, columns = (
        table_ident(answers.name),
        ", ".join(map(ident, [path.steps[0].column, *outcomes.purposes.values()])),
    )
    event = f"AFTER INSERT OR UPDATE OF {columns} ON {table}"
    made = f"CREATE OR REPLACE TRIGGER zz_avow_chosen {event} FOR EACH ROW EXECUTE FUNCTION {function}()"
    undo = f"DROP TRIGGER IF EXISTS zz_avow_chosen ON {table}"
    yield Wanted(f"trigger:{answers.name}:zz_avow_chosen", "prepare", made, undo, _SAYS, why, "share", answers.name)
    words = ", ".join(literal(word) for word in outcomes.words.values())
    known = " AND ".join(f"({ident(c)} IS NOT NULL AND {ident(c)} IN ({words}))" for c in outcomes.purposes.values())
    yield check(answers, "outcome", known, f"an answer in {answers.name} is given, refused or not answered", why)


def _asked(table: Table, answers: Table, columns: list[str], why: tuple[str, ...]) -> Iterator[Wanted]:
    paths = shared_owners(table, answers)
    assert table.asks is not None
    assert answers.outcomes is not None
    assert paths is not None  # read.py refuses other maps
    key, other = ident(paths[0].steps[0].column), ident(paths[1].steps[0].column)
    suffix = table.name.replace(".", "_")[:40]
    function, (schema, name) = f"avow.{ident(f'asked_{suffix}')}", table.name.split(".", 1)
    words = ", ".join(literal(word) for word in answers.outcomes.words.values())
    create = load_sql("choice_asked").format(
        function=function,
        key=key,
        other=other,
        open_new=_is_open(table, "NEW."),
        open_old=_is_open(table, "OLD."),
        answers=table_ident(answers.name),
        answers_named=answers.name,
        recorded=" AND ".join(f"p.{ident(column)} IN ({words})" for column in columns) or "true",
        named=", ".join(p for p, column in answers.outcomes.purposes.items() if column in columns),
        schema=literal(schema),
        table=literal(name),
    )
    says = f"no row of {table.name} is completed before its person was asked"
    yield Wanted(f"function:avow.asked_{suffix}", "prepare", create, "", says, why)
    where = table_ident(table.name)
    watched = ", ".join(dict.fromkeys([key, *(ident(c) for c in _attributes(table))]))
    undo = f"DROP TRIGGER IF EXISTS zz_avow_asked ON {where}"
    made = (
        f"{undo};\nCREATE CONSTRAINT TRIGGER zz_avow_asked AFTER INSERT OR UPDATE OF {watched} ON {where}"
        f" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {function}()"
    )
    yield Wanted(f"trigger:{table.name}:zz_avow_asked", "switch", made, undo, says, why, "access exclusive", table.name)


def _attributes(table: Table) -> dict[str, list[str]]:
    """Column -> the values with which a row is not completed."""
    found: dict[str, list[str]] = {}
    for name, words in (table.asks.unless if table.asks else {}).items():
        attribute = table.find_attribute(name)
        assert attribute is not None  # read.py refuses other maps
        found.setdefault(attribute.column, []).extend(attribute.values.get(word, word) for word in words)
    return found


def _is_open(table: Table, row: str) -> str:
    """Whether a row is one that is not completed."""
    tests = [f"{row}{ident(c)}::text IN ({', '.join(map(literal, v))})" for c, v in _attributes(table).items()]
    return f"coalesce({' OR '.join(tests)}, false)" if tests else "false"
