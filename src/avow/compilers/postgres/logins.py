"""Roles for pairs, the logins that may take them, and what the logins could do before.

Promises: memberships never inherit (additive roles would give the union of all pairs); every old right that is taken
is recorded with the statement that restores it; what is not personal stays as usable as it was for the login.
Refuses to take rights from owners and superusers: they are custodians, and a warning names them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from avow.compilers.postgres.objects import Target, Wanted
from avow.compilers.postgres.quoting import ident, literal, load_sql, names, role_list, table_ident
from avow.compilers.postgres.survey import Grant, Relation, Role
from avow.datamap.model import Login, Pair


def core_objects(target: Target) -> Iterator[Wanted]:
    """The schema `avow` and what names this installation, its pairs and its bits."""
    survey, store = target.survey, literal(target.store_map.name)
    install = (
        f"INSERT INTO avow.install VALUES ({literal(survey.install)}, {survey.oid}, {store}, {literal(target.version.version)})"
        " ON CONFLICT (id) DO UPDATE SET policy_version = excluded.policy_version"
    )
    readers = role_list(
        sorted(
            {
                *(target.role(p) for p in target.numbers),
                *(x.name for x in target.store_map.logins if x.name in survey.roles),
            }
        )
    )
    yield Wanted(
        "schema:avow",
        "prepare",
        load_sql("core") + install,
        "DROP SCHEMA IF EXISTS avow CASCADE",
        "keep what is applied in the schema avow",
    )
    if readers:
        grant = f"GRANT USAGE ON SCHEMA avow TO {readers};\nGRANT SELECT ON avow.pair, avow.handling TO {readers}"
        yield Wanted("member:avow", "switch", grant, "", "let sessions look up which role belongs to a pair")
    for pair, number in sorted(target.numbers.items(), key=lambda item: item[1]):
        yield from _pair_objects(target, pair, number)


def _pair_objects(target: Target, pair: Pair, number: int) -> Iterator[Wanted]:
    role, schema = target.role(pair), target.schema(pair)
    why = tuple(
        sorted({p for (mine, _), right in target.matrix.rights.items() if mine == pair for p in right.promises})
    )
    values = ", ".join([str(number), *map(literal, (pair.purpose, pair.recipient, role, schema))])
    yield Wanted(
        f"pair:{pair}",
        "prepare",
        f"INSERT INTO avow.pair VALUES ({values}) ON CONFLICT DO NOTHING",
        "",
        f"number the pair {pair}",
        why,
        expect=str(number),
    )
    yield _role(target, role, str(pair), f"one role for {pair}", why)
    viewing = target.view_role(pair)
    yield _role(
        target, viewing, f"{pair} views", f"one role that owns the views of {pair} and that nobody can take", why
    )
    create = f"CREATE SCHEMA IF NOT EXISTS {ident(schema)};\nGRANT USAGE ON SCHEMA {ident(schema)} TO {ident(role)}"
    yield Wanted(
        f"view:{schema}",
        "switch",
        create,
        f"DROP SCHEMA IF EXISTS {ident(schema)} CASCADE",
        f"one schema of views for {pair}",
        why,
        role=role,
    )


def _role(target: Target, role: str, means: str, says: str, why: tuple[str, ...]) -> Wanted:
    comment = literal(f"avow {target.survey.install} {target.survey.oid} {means}")
    create = (
        f"DO $do$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {literal(role)})"
        f" THEN CREATE ROLE {ident(role)} NOLOGIN NOINHERIT;"
        f" END IF; END $do$;\nALTER ROLE {ident(role)} NOLOGIN NOINHERIT;\nCOMMENT ON ROLE {ident(role)} IS {comment}"
    )
    drop = f"GRANT {ident(role)} TO CURRENT_USER;\nDROP OWNED BY {ident(role)};\nDROP ROLE {ident(role)}"
    return Wanted(f"role:{role}", "switch", create, drop, says, why, role=role)


def login_objects(target: Target) -> Iterator[Wanted]:
    """Memberships, session settings and the rights that enforced logins lose."""
    for login in target.store_map.logins:
        role = target.survey.roles.get(login.name)
        if role is None:
            target.warnings.append(
                f"the login {login.name} of the data map does not exist in the store: it is left out"
            )
            continue
        yield from _memberships(target, login, role)
        if login.stage != "observe":
            yield from _enforced(target, login, role)
    for pair in target.numbers:
        if (passed := _passed(target, pair)) is not None:
            yield passed
    if target.enforced:
        yield from _revocations(target)
    if target.closed:
        yield _connect(target)


def _memberships(target: Target, login: Login, role: Role) -> Iterator[Wanted]:
    options = " WITH INHERIT FALSE, SET TRUE" if target.survey.major >= 16 else ""
    for pair in sorted(login.pairs, key=str):
        name = target.role(pair)
        create = f"GRANT {ident(name)} TO {ident(login.name)}{options}"
        undo = f"REVOKE {ident(name)} FROM {ident(login.name)}"
        yield Wanted(
            f"member:{name}:{login.name}",
            "switch",
            create,
            undo,
            f"let {login.name} act for {pair}, without inheriting it",
            role=name,
        )
    if target.survey.major < 16 and login.stage != "observe":
        yield _no_inheritance(target, login, role)


def _no_inheritance(target: Target, login: Login, role: Role) -> Wanted:
    key = f"inherit:{login.name}"
    recorded = target.survey.recorded.get(key)
    undo = recorded.undo if recorded else f"ALTER ROLE {ident(login.name)} INHERIT" if role.inherits else ""
    return Wanted(
        key,
        "switch",
        f"ALTER ROLE {ident(login.name)} NOINHERIT",
        undo,
        f"{login.name} inherits nothing by itself",
        expect="false",
        role=login.name,
    )


def _enforced(target: Target, login: Login, role: Role) -> Iterator[Wanted]:
    owned = sorted(r.name for r in target.survey.relations.values() if r.owner == login.name and r.kind in "rpvm")
    if owned or role.superuser or role.bypass:
        how = f"owns {', '.join(owned)}" if owned else "is a superuser or bypasses row security"
        target.warnings.append(
            f"the login {login.name} {how}: it can go round every control; give the tables to another role"
        )
    ours = f"av_{target.survey.install}_"
    recorded = {key.split(":")[2] for key in target.survey.recorded if key.startswith(f"leave:{login.name}:")}
    for group in sorted({*(g for g in role.member_of if not g.startswith(ours)), *recorded}):
        yield _leaving(target, login, role, group)
    if login.default is not None:
        yield _settings(target, login, role)


def _leaving(target: Target, login: Login, role: Role, group: str) -> Wanted:
    """The login leaves a group whose rights it could take; each grantor's membership is taken back and recorded."""
    key, recorded = f"leave:{login.name}:{group}", target.survey.recorded.get(f"leave:{login.name}:{group}")
    live = [m for m in role.memberships if m["group"] == group]
    taken = [f"REVOKE {ident(group)} FROM {ident(login.name)}{_granted_by(target, m)}" for m in live]
    given = [f"GRANT {ident(group)} TO {ident(login.name)}{_options(target, m)}{_granted_by(target, m)}" for m in live]
    create = recorded.create if recorded and not live else ";\n".join(taken)
    undo = recorded.undo if recorded else ";\n".join(given)
    return Wanted(
        key,
        "switch",
        create,
        undo,
        f"{login.name} leaves {group}, whose rights it could take",
        role=login.name,
        expect="",
    )


def _granted_by(target: Target, membership: dict[str, Any]) -> str:
    return f" GRANTED BY {ident(membership['by'])}" if target.survey.major >= 16 else ""


def _options(target: Target, membership: dict[str, Any]) -> str:
    if target.survey.major < 16:
        return " WITH ADMIN OPTION" if membership["admin_option"] else ""
    words = [f"{name.upper()} {str(membership[f'{name}_option']).upper()}" for name in ("admin", "inherit", "set")]
    return f" WITH {', '.join(words)}"


def _settings(target: Target, login: Login, role: Role) -> Wanted:
    """Sessions start in the default pair, with its views first on the path."""
    assert login.default is not None
    key, alter = f"setting:{login.name}", f"ALTER ROLE {ident(login.name)} IN DATABASE {ident(target.survey.database)}"
    old = {name: value for name, _, value in (s.partition("=") for s in role.settings_here)}
    recorded = target.survey.recorded.get(key)
    undo = recorded.undo if recorded else ";\n".join(_restore(alter, name, old) for name in ("role", "search_path"))
    before = _first_path(undo) or role.find_setting_elsewhere("search_path") or '"$user", public'
    path = ", ".join([ident(target.schema(login.default)), _path(target, login, before)])
    create = [f"{alter} SET role = {literal(target.role(login.default))}", f"{alter} SET search_path = {path}"]
    return Wanted(
        key, "switch", ";\n".join(create), undo, f"sessions of {login.name} start as {login.default}", role=login.name
    )


def _restore(alter: str, name: str, old: dict[str, str]) -> str:
    if name == "search_path" and name in old:
        return f"{alter} SET search_path = {old[name]}"
    return f"{alter} SET {name} = {literal(old[name])}" if name in old else f"{alter} RESET {name}"


def _first_path(undo: str) -> str | None:
    found = re.search(r"SET search_path = (.*?)(;\n|$)", undo)
    return found.group(1) if found else None


def _path(target: Target, login: Login, before: str) -> str:
    """The old search path; `$user` would now mean the pair's role, so it is the login's own schema where there is one."""
    own = any(g.kind == "schema" and g.object == login.name for g in target.survey.grants)
    parts = [part.strip() for part in before.split(",")]
    kept = [
        ident(login.name) if part.strip('"') == "$user" else part for part in parts if own or part.strip('"') != "$user"
    ]
    return ", ".join(kept) or "pg_catalog"


def _passed(target: Target, pair: Pair) -> Wanted | None:
    """What the pair's logins could do with what is not personal, given to the pair's role."""
    role = target.role(pair)
    logins = [
        login.name for login in target.store_map.logins if pair in login.pairs and login.name in target.survey.roles
    ]
    holders = {name for login in logins for name in _closure(target, login)}
    closed = set(_closed_names(target))
    found = sorted(
        {
            (g.kind, g.object, g.privilege, g.col)
            for g in target.survey.grants
            if (g.grantee in holders or (g.owner in logins and g.grantee == g.owner))
            and g.object not in closed
            and _open(target, g)
        }
    )
    if not found:
        return None
    grants = [
        f"GRANT {p}{f' ({ident(col)})' if col else ''} ON {_object(target, kind, name)} TO {ident(role)}"
        for kind, name, p, col in found
    ]
    undo = [
        f"REVOKE ALL ON {_object(target, kind, name)} FROM {ident(role)}"
        for kind, name in sorted({(k, n) for k, n, _, _ in found})
    ]
    return Wanted(
        f"pass:{role}",
        "switch",
        ";\n".join([*undo, *grants]),
        ";\n".join(undo),
        f"leave {pair} what is not personal",
        role=role,
    )


def _open(target: Target, grant: Grant) -> bool:
    """Not personal: mapped tables without personal columns, their views, sequences, routines, the use of schemas."""
    if grant.kind == "schema":
        return grant.privilege == "USAGE"
    if grant.kind == "routine":
        return True
    relation = target.survey.relations.get(grant.object)
    if relation is None:
        return False
    mapped = target.store_map.find_table(relation.name) is not None
    return relation.kind == "S" or mapped or relation.kind in ("v", "m") or bool(relation.parents)


def _object(target: Target, kind: str, name: str) -> str:
    if kind == "routine":
        return f"ROUTINE {_routine(name)}"
    if kind == "schema":
        return f"SCHEMA {ident(name)}"
    relation = target.survey.relations.get(name)
    return f"SEQUENCE {table_ident(name)}" if relation is not None and relation.kind == "S" else table_ident(name)


def _routine(name: str) -> str:
    schema, _, rest = name.partition(".")
    return f"{ident(schema)}.{rest}"


def _closure(target: Target, login: str) -> set[str]:
    """The login, every group it may act as, and the groups that it left."""
    left = [key.split(":")[2] for key in target.survey.recorded if key.startswith(f"leave:{login}:")]
    found, todo = {login}, list(left)
    todo += target.survey.roles[login].member_of
    while todo:
        group = todo.pop()
        if group not in found and group in target.survey.roles and not group.startswith(f"av_{target.survey.install}_"):
            found.add(group)
            todo += target.survey.roles[group].member_of
    return found


def closed_relations(target: Target) -> list[Relation]:
    """Relations that show personal data, or that nobody mapped: governed tables, their partitions, views over them."""
    relations = target.survey.relations
    governed = {t.name for t in target.governed}
    closed = {
        r.oid
        for r in relations.values()
        if r.kind in "rpf" and not r.parents and (r.name in governed or target.store_map.find_table(r.name) is None)
    }
    closed |= {r.oid for r in relations.values() if r.name in governed}
    while True:
        more = {
            r.oid for r in relations.values()
            if r.oid not in closed and (closed & set(r.parents) or (closed & set(r.reads) and not r.invoker))
        }  # fmt: skip
        if not more:
            return [r for r in relations.values() if r.oid in closed]
        closed |= more


def closed_routines(target: Target) -> list[str]:
    """Routines with their owner's rights whose text names a closed relation."""
    words = {r.name.split(".", 1)[1] for r in closed_relations(target)}
    pattern = re.compile(r"\b(" + "|".join(map(re.escape, sorted(words))) + r")\b") if words else None
    return sorted(name for name, body in target.survey.secdef.items() if pattern is not None and pattern.search(body))


def _closed_names(target: Target) -> list[str]:
    return sorted([*(r.name for r in closed_relations(target)), *closed_routines(target)])


def _revocations(target: Target) -> Iterator[Wanted]:
    roles = role_list([*(n for n in target.login_names if n in target.survey.roles), "public"])
    for relation in sorted(closed_relations(target), key=lambda r: r.name):
        if target.store_map.find_table(relation.name) is None and relation.kind in "rpf" and not relation.parents:
            target.warnings.append(f"{relation.name} is not in the data map: no pair may use it")
        yield _revocation(target, relation.name, table_ident(relation.name), roles, relation)
    for name in closed_routines(target):
        yield _revocation(target, name, f"ROUTINE {_routine(name)}", roles, None)


def _revocation(target: Target, name: str, spelled: str, roles: str, relation: Relation | None) -> Wanted:
    recorded = target.survey.recorded.get(f"revoke:{name}")
    granted = [g for g in target.survey.grants if g.object == name and g.grantee != g.owner]
    undo = recorded.undo if recorded else ";\n".join(_regrants(granted, spelled))
    table = relation.name if relation else ""
    return Wanted(
        f"revoke:{name}", "switch", f"REVOKE ALL ON {spelled} FROM {roles}", undo,
        f"take the old rights on {name} from the enforced logins", table=table, rows=relation.rows if relation else 0, expect="",
    )  # fmt: skip


def _regrants(granted: list[Grant], spelled: str) -> Iterator[str]:
    """The acl as it was, in its order: everybody's grants are given anew, or the order would differ."""
    grantees = list(dict.fromkeys(g.grantee for g in granted))
    if grantees:
        yield f"REVOKE ALL ON {spelled} FROM {role_list(grantees)}"
    for grantee in grantees:
        for option in (False, True):
            words = [
                g.privilege + (f" ({names([g.col])})" if g.col else "")
                for g in granted
                if g.grantee == grantee and g.grantable == option
            ]
            if words:
                yield f"GRANT {', '.join(words)} ON {spelled} TO {role_list([grantee])}{' WITH GRANT OPTION' if option else ''}"


def _connect(target: Target) -> Wanted:
    database = ident(target.survey.database)
    logins = role_list(sorted(login.name for login in target.store_map.logins if login.name in target.survey.roles))
    create = f"REVOKE CONNECT ON DATABASE {database} FROM PUBLIC;\nGRANT CONNECT ON DATABASE {database} TO {logins}"
    undo = f"REVOKE CONNECT ON DATABASE {database} FROM {logins};\nGRANT CONNECT ON DATABASE {database} TO PUBLIC"
    return Wanted(f"connect:{target.survey.database}", "switch", create, undo, "only mapped logins may connect")
