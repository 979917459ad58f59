"""report.pdf: the written description, by category and value, with what is known about each. Large answers go on in data.csv.

Refuses to grow with the data: it shows what the page shows, and says how many values there are.
"""

from __future__ import annotations

from avow.duties.rights.answer.files.page import Outline, contact_lines, day_of
from avow.duties.rights.answer.files.shown import Block
from avow.duties.rights.paper import Paper, make_pdf
from avow.duties.rights.written import AnswerFile, ChunkedFile, Write

NAME = "report.pdf"


def write_report(write: Write, outline: Outline) -> AnswerFile:
    words, asked = outline.telling.words, outline.asked
    paper = Paper(
        title=outline.title,
        author=asked.company,
        language=words.language,
        right_to_left=words.direction == "rtl",
        made_at=asked.made_at,
        page_of=lambda number: words("page_of", page=number),
        footer=f"{asked.company} · {asked.reference}",
    )
    _add_head(paper, outline)
    for section in outline.shown.sections(outline.telling.vocabulary):
        paper.add("h1", section.label)
        for block in section.blocks:
            _add_block(paper, outline, block)
    _add_rest(paper, outline)
    data, missing = make_pdf(paper)
    if missing:
        paper.lines.insert(2, paper.lines[1].__class__("text", words("unprintable", count=missing)))
        data, _ = make_pdf(paper)
    file = ChunkedFile(NAME, "application/pdf", write)
    file.add(data)
    return file.close()


def _add_head(paper: Paper, outline: Outline) -> None:
    words, asked = outline.telling.words, outline.asked
    paper.add("title", outline.title)
    paper.add(
        "soft", f"{words('reference')} {asked.reference}. {words('made_on', day=asked.made_at.date().isoformat())}."
    )
    paper.add("text", words("asked_on", day=asked.received_at.date().isoformat(), law=asked.law))
    paper.add("h1", words("summary"))
    for line in outline.summary():
        paper.add("text", line)
    sections = outline.shown.sections(outline.telling.vocabulary)
    if sections:
        rows = [(words("category"), words("values")), *((s.label, str(s.values)) for s in sections)]
        paper.add("text", rows=rows)


def _add_block(paper: Paper, outline: Outline, block: Block) -> None:
    words, telling = outline.telling.words, outline.telling
    told = telling.beside(block.beside)
    paper.add("h2", words("where_found", kind=told.kind, field=told.field))
    paper.add("soft", told.category, label=words("category"))
    paper.add("soft", "; ".join(told.register) or words("no_use_permitted"), label=words("why_policy"))
    paper.add("soft", "; ".join(told.log) or words("no_use_logged"), label=words("why_log"))
    paper.add("soft", "; ".join(told.recipients) or words("nobody"), label=words("who"))
    paper.add("soft", words("in_store", store=told.store, place=told.place), label=words("place"))
    same = {(telling.source(item), telling.kept(item)) for item in block.items}
    if len(same) == 1:
        source, kept = next(iter(same))
        paper.add("soft", source, label=words("source"))
        paper.add("soft", kept, label=words("retention"))
    for item in block.items:
        paper.add("value", item.value or words("empty"))
        beside = [f"{words('recorded')}: {day_of(item.at)}"] if item.at else []
        if len(same) > 1:
            beside += [f"{words('source')}: {telling.source(item)}", f"{words('retention')}: {telling.kept(item)}"]
        if beside:
            paper.add("soft", "; ".join(beside))


def _add_rest(paper: Paper, outline: Outline) -> None:
    words, facts, telling = outline.telling.words, outline.facts, outline.telling
    paper.add("h1", words("recipients"))
    if facts.recipients is None:
        paper.add("text", words("recipients_unknown"))
    for one in facts.recipients or ():
        paper.add("text", telling.recipient(one))
    if facts.recipients == ():
        paper.add("text", words("recipients_none"))
    paper.add("h1", words("looks"))
    looks = [(x.at.date().isoformat(), telling.vocabulary.label(x.purpose, "purpose"), x.role) for x in facts.looks]
    if looks:
        paper.add("text", rows=[(words("look_when"), words("look_purpose"), words("look_role")), *looks])
    else:
        paper.add("text", words("looks_none"))
    _add_masked(paper, outline)
    paper.add("h1", words("searched"))
    for line in outline.searched():
        paper.add("text", line)
    if facts.files:
        paper.add("h1", words("files"))
    for file in facts.files:
        paper.add("text", f"{file.name}: {outline.say_file(file.name)}")
    paper.add("h1", words("automated"))
    paper.add("text", facts.automated or words("automated_unknown"))
    _add_rights(paper, outline)


def _add_masked(paper: Paper, outline: Outline) -> None:
    words = outline.telling.words
    paper.add("h1", words("masked_heading"))
    if not outline.redactions:
        paper.add("text", words("summary_nothing_masked"))
        return
    paper.add("text", words("masked_why"))
    head = (words("masked_place"), words("masked_what"), words("masked_reason"), words("masked_count"))
    rows = [
        (outline.place_of(r), words("what_" + r.what), words("why_" + r.why), str(r.pieces)) for r in outline.redactions
    ]
    paper.add("text", rows=[head, *rows])


def _add_rights(paper: Paper, outline: Outline) -> None:
    words, facts = outline.telling.words, outline.facts
    paper.add("h1", words("your_rights"))
    for right in facts.rights:
        if words.has(f"right_{right}"):
            paper.add("text", words(f"right_{right}"))
    if facts.contact.authority:
        route = f"{words('authority', authority=facts.contact.authority)} {facts.contact.authority_url}"
        paper.add("text", route.strip())
    if facts.contact.court:
        paper.add("text", words("court", court=facts.contact.court))
    paper.add("h1", words("completeness"))
    paper.add("text", words("completeness_points", points=outline.completeness.points))
    for letter in outline.completeness.missing:
        paper.add("text", words("completeness_missing", what=words(f"part_{letter}")))
    paper.add("h1", words("contact"))
    paper.add("text", ", ".join(contact_lines(facts.contact)) or words("unknown"))
