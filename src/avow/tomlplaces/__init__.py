"""Reads `avow.toml`, `avow.env` and the environment into typed values, and remembers which keys were asked for.

Promises that every mistake is added to one collector with its place, so that all are told at once; a secret may stand in the file
that `<KEY>_FILE` names. Refuses connection strings in `avow.toml` (that file stands in Git), an `avow.env` that others may
read, and keys that nobody asked for. Knows no setting by name: those stand in `avow.settings`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from avow.errors import Collector, Place, SettingsError

__all__ = ["Environment", "Reader", "read_env_file", "read_toml"]

_STOPS = "avow stops before it reads or changes anything"


def read_toml(project: Path, found: Collector) -> tuple[dict[str, Any], str]:
    path = project / "avow.toml"
    try:
        text = path.read_text(encoding="utf-8")
        return tomllib.loads(text), text
    except FileNotFoundError:
        found.add(
            "settings.no-project",
            Place(str(path)),
            "there is no `avow.toml` here",
            "go to the project's folder, name it with --project, or begin one with `avow init`",
            _STOPS,
        )
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        place = re.search(r"line (\d+), column (\d+)", str(error))
        where = Place(str(path), int(place[1]), int(place[2])) if place else Place(str(path))
        found.add(
            "settings.bad-toml",
            where,
            f"this is not TOML: {error}",
            "mend the line; see https://toml.io",
            _STOPS,
        )
    raise SettingsError(found.found)


def read_env_file(project: Path, found: Collector) -> dict[str, str]:
    path = project / "avow.env"
    if not path.exists():
        return {}
    if path.stat().st_mode & 0o077:
        found.add(
            "settings.open-secrets",
            Place(str(path)),
            "`avow.env` holds connection strings and can be read by other users of this machine",
            "run `chmod 600 avow.env`",
            _STOPS,
        )
        return {}
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {key.strip(): value.strip() for key, _, value in pairs}


@dataclass
class Environment:
    values: Mapping[str, str]
    found: Collector

    def find(self, key: str) -> str | None:
        """The value of `key`, or the text of the file that `<key>_FILE` names."""
        if value := self.values.get(key):
            return value
        name = self.values.get(f"{key}_FILE")
        if not name:
            return None
        try:
            return Path(name).read_text(encoding="utf-8").strip()
        except OSError as error:
            self.found.add(
                "settings.no-secret-file",
                Place(f"{key}_FILE"),
                f"the file that `{key}_FILE` names cannot be read: {error.strerror}",
                "create it, correct the name, or make it readable for this user",
                _STOPS,
            )
            return None

    def bad(self, key: str, allowed: str) -> None:
        cause = f"`{key}` is not one of the allowed forms"
        self.found.add("settings.bad-value", Place(key), cause, f"use {allowed}", _STOPS)


@dataclass
class Reader:
    """Reads typed values out of `avow.toml` and remembers which keys were asked for."""

    toml: dict[str, Any]
    text_of_file: str
    found: Collector
    asked: set[str] = field(default_factory=set)

    def _value(self, key: str) -> Any:
        self.asked.add(key)
        value: Any = self.toml
        for part in key.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        return value

    def _place(self, key: str) -> Place:
        last = key.rsplit(".", 1)[-1]
        for number, line in enumerate(self.text_of_file.splitlines(), 1):
            if re.match(rf"\s*\[?{re.escape(last)}\b", line) or f".{last}]" in line:
                return Place("avow.toml", number, line.find(last) + 1)
        return Place("avow.toml")

    def _bad(self, key: str, allowed: str) -> None:
        cause = f"`{key}` is not one of the allowed forms"
        self.found.add("settings.bad-value", self._place(key), cause, f"use {allowed}", _STOPS)

    def names(self, key: str) -> list[str]:
        value = self._value(key)
        return sorted(value) if isinstance(value, dict) else []

    def text(self, key: str, default: str = "", required: bool = False, one_of: tuple[str, ...] = ()) -> str:
        value = self._value(key)
        if value is None and required:
            cause = f"`{key}` is missing"
            self.found.add("settings.missing", Place("avow.toml"), cause, f"add {key} to avow.toml", _STOPS)
            return ""
        value = default if value is None else value
        if not isinstance(value, str) or (one_of and value not in one_of):
            self._bad(key, " or ".join(f"`{word}`" for word in one_of) or "a text in quotes")
            return default
        if re.match(r"(postgres(ql)?|mysql|mariadb)://|.*\bpassword=", value):
            self.found.add(
                "settings.secret-in-git",
                self._place(key),
                f"`{key}` holds a connection string",
                "move it to the environment or to avow.env, and change the password: it may already stand in Git",
                _STOPS,
            )
        return value

    def number(self, key: str, default: int, least: int = 1) -> int:
        value = self._value(key)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            self._bad(key, f"a whole number above {least - 1}")
            return default
        return value

    def flag(self, key: str) -> bool:
        value = self._value(key)
        if value not in (None, True, False):
            self._bad(key, "true or false")
        return value is True

    def words(self, key: str, default: tuple[str, ...], allowed: tuple[str, ...]) -> tuple[str, ...]:
        value = self._value(key)
        if value is None:
            return default
        if not isinstance(value, list) or not set(map(str, value)) <= set(allowed):
            self._bad(key, f"a list out of {', '.join(allowed)}")
            return default
        return tuple(map(str, value))

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._value(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self._bad(key, "a list of texts in quotes")
            return ()
        return tuple(value)

    def dates(self, key: str) -> tuple[date, ...]:
        """Written as TOML dates or as texts."""
        value = self._value(key)
        try:
            return tuple(v if type(v) is date else date.fromisoformat(v) for v in value or ())
        except (TypeError, ValueError):
            self._bad(key, "a list of days such as 2026-12-25")
            return ()

    def report_unknown(self) -> None:
        for key in _leaves(self.toml):
            if key not in self.asked:
                self.found.add(
                    "settings.unknown-key",
                    self._place(key),
                    f"`{key}` is not a setting of Avow",
                    "remove it, or see docs/reference/settings.md for the one that was meant",
                    _STOPS,
                )


def _leaves(table: Mapping[str, Any], above: str = "") -> list[str]:
    found: list[str] = []
    for key, value in table.items():
        found += _leaves(value, f"{above}{key}.") if isinstance(value, dict) else [above + key]
    return found
