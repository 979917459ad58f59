"""The words of mails about requests, in each language: a reference, a link, a date; never what the request is about.

Promises that every language has every mail with the same places to fill (a test compares them); a language that is not there is
written in English. Refuses a mail whose places are not all filled (KeyError): half a sentence must not go out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

LANGUAGES: tuple[str, ...] = ("en", "ar")


@cache
def load_mails(language: str) -> Mapping[str, tuple[str, str]]:
    """Template -> (subject, text)."""
    text = files(__package__).joinpath(f"mails/{language}.json").read_text(encoding="utf-8")
    return {name: (subject, body) for name, (subject, body) in json.loads(text).items()}


def write_mail(template: str, language: str, values: Mapping[str, str]) -> tuple[str, str]:
    """(subject, text), filled. `language` is a BCP 47 tag."""
    short = language.split("-", maxsplit=1)[0].lower()
    subject, text = load_mails(short if short in LANGUAGES else "en")[template]
    return subject.format_map(values), text.format_map(values)
