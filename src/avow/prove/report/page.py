"""The report as one HTML file: the policy text itself, every sentence marked with its verdict.

No script, no font, no picture from elsewhere: one file that can be kept as evidence. A verdict is told by colour, by shape
and by words. Refuses to leave out a sentence: those that nobody read into a promise are marked as unread.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from avow.policy.promise import PolicyVersion, Promise, Sentence
from avow.prove.report.plain import count_verdicts
from avow.prove.verdict import ATTESTED, BROKEN, KEPT, NOT_CHECKABLE, UNPROVEN, Report, StatementVerdict

if TYPE_CHECKING:
    import jinja2

UNREAD, PLAIN = "unread", "plain"
_ORDER = (BROKEN, UNPROVEN, ATTESTED, KEPT, NOT_CHECKABLE)
LABELS = {
    KEPT: "Kept",
    BROKEN: "Broken",
    ATTESTED: "Attested",
    UNPROVEN: "Unproven",
    NOT_CHECKABLE: "Not checkable",
    UNREAD: "Unread",
}
MEANINGS = {
    KEPT: "probes ran on the live system and could not break it",
    BROKEN: "a probe saw that it is not so",
    ATTESTED: "a document or a person vouches; no machine looked",
    UNPROVEN: "nothing here shows it yet; never rounded up",
    NOT_CHECKABLE: "states no practice",
    UNREAD: "nobody has said yet what it promises",
}


@dataclass(frozen=True)
class Part:
    """A piece of a sentence: the words of a promise with its verdict, or the words between ("")."""

    text: str
    verdict: str


@dataclass(frozen=True)
class Line:
    """One sentence of the policy as the page shows it. `heading` 1 to 6 for a heading, 0 otherwise."""

    number: int
    parts: tuple[Part, ...]
    verdict: str
    statements: tuple[StatementVerdict, ...]
    heading: int = 0
    bullet: bool = False
    opens: bool = False  # a new paragraph begins here


def report_html(report: Report, version: PolicyVersion) -> str:
    """The whole page. `version` is the policy version that the report is about."""
    template = _environment().get_template("report.html.j2")
    lines = policy_lines(report, version)
    counts = count_verdicts(s.verdict for s in report.statements)
    return template.render(
        report=report,
        version=version,
        lines=lines,
        counts={verdict: counts[verdict] for verdict in _ORDER},
        bar=_bar({verdict: counts[verdict] for verdict in _ORDER}),
        labels=LABELS,
        meanings=MEANINGS,
        first_line={s.id: line.number for line in reversed(lines) for s in line.statements},
        css=_read("report.css"),
        broken=[s for s in report.statements if s.verdict == BROKEN],
    )


def policy_lines(report: Report, version: PolicyVersion) -> tuple[Line, ...]:
    """Every sentence of the version in order, with the statements anchored in it."""
    verdicts = {s.id: s for s in report.statements}
    promises = {p.id: p for p in version.promises}
    found: list[Line] = []
    end = 0
    for number, sentence in enumerate(version.sentences, 1):
        statements = tuple(verdicts[i] for i in sentence.promises if i in verdicts)
        between = version.text[end : sentence.start]
        end = sentence.end
        found.append(
            Line(
                number=number,
                parts=_parts(version, sentence, [promises[s.id] for s in statements], verdicts),
                verdict=_verdict(sentence, statements),
                statements=statements,
                heading=_heading(version.text, sentence),
                bullet=bool(re.search(r"(^|\n)\s*([-*+]|\d+[.)])\s+$", between))
                or bool(re.match(r"\s*[-*+]\s", sentence.text)),
                opens=between.count("\n") >= 2 or number == 1,
            )
        )
    return tuple(found)


def _verdict(sentence: Sentence, statements: Iterable[StatementVerdict]) -> str:
    found = {s.verdict for s in statements}
    if found:
        return next(v for v in _ORDER if v in found)
    return PLAIN if sentence.plain else UNREAD


def _heading(text: str, sentence: Sentence) -> int:
    begin = text.rfind("\n", 0, sentence.start) + 1
    marks = re.match(r"\s*(#{1,6})\s", text[begin : sentence.end])
    return min(len(marks[1]) + 1, 6) if marks else 0


def _parts(
    version: PolicyVersion,
    sentence: Sentence,
    promises: Iterable[Promise],
    verdicts: Mapping[str, StatementVerdict],
) -> tuple[Part, ...]:
    """The sentence cut at the borders of the quotes; where quotes overlap, the weakest verdict shows."""
    spans = [
        (max(p.anchor.start, sentence.start), min(p.anchor.end, sentence.end), verdicts[p.id].verdict) for p in promises
    ]
    cuts = sorted({sentence.start, sentence.end, *(edge for a, b, _ in spans for edge in (a, b) if a < b)})
    found = []
    for begin, end in itertools.pairwise(cuts):
        here = [verdict for a, b, verdict in spans if a <= begin and end <= b]
        text = (
            re.sub(r"^\s*(#{1,6}|[-*+])\s+", "", version.text[begin:end])
            if begin == sentence.start
            else version.text[begin:end]
        )
        found.append(Part(re.sub(r"\s+", " ", text.replace("**", "")), next((v for v in _ORDER if v in here), "")))
    return tuple(found)


@dataclass(frozen=True)
class Segment:
    """One block of the bar: x and width in per cent."""

    verdict: str
    x: float
    width: float
    count: int


def _bar(counts: Mapping[str, int]) -> tuple[Segment, ...]:
    total = sum(counts.values()) or 1
    found, x = [], 0.0
    for verdict, count in counts.items():
        if count:
            width = 100 * count / total
            found.append(Segment(verdict, round(x, 3), round(width, 3), count))
            x += width
    return tuple(found)


def mark_code(text: str) -> Markup:
    """The text with what stands between backticks as code; everything is escaped."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


@cache
def _environment() -> jinja2.Environment:
    import jinja2  # takes a quarter of a second: only when something is written

    made = jinja2.Environment(
        loader=jinja2.FunctionLoader(_read),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    made.filters["marked"] = mark_code
    return made


def _read(name: str) -> str:
    return files("avow.prove.report").joinpath(name).read_text(encoding="utf-8")
