"""The field's terms: data categories, subjects, purposes, recipients, sources, mechanisms, places.

Each has a plain label, a place in a hierarchy, and where the W3C Data Privacy Vocabulary 2.x has one its identifier.
Ids are text checked here, never enums of a database. Refuses unknown terms with the nearest known one.
"""

from avow.vocabulary.terms import KINDS, Term, Vocabulary, load_vocabulary
from avow.vocabulary.words import WORDS, words_page

__all__ = ["KINDS", "WORDS", "Term", "Vocabulary", "load_vocabulary", "words_page"]
