"""Letters to people: refusal, refusal in part, delay, questions, fee, identity, forwarding, acknowledgement, completion.

Doors: `make_letter` (facts -> Letter), `write_letter` (Letter -> text, HTML and PDF through a port), `make_mail` (the
short message that says there is news, and nothing else). Letters live in the privacy centre; a mail never carries one.
"""

from avow.duties.rights.letters.making import KINDS, LetterFacts, Reason, Route, make_letter, make_mail
from avow.duties.rights.letters.writing import Letter, Part, letter_html, letter_pdf, letter_text, write_letter

__all__ = [
    "KINDS",
    "Letter",
    "LetterFacts",
    "Part",
    "Reason",
    "Route",
    "letter_html",
    "letter_pdf",
    "letter_text",
    "make_letter",
    "make_mail",
    "write_letter",
]
