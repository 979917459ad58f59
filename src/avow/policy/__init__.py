"""The published policy: text and promises -> typed promises, or every diagnostic at once.

Refuses to guess: a quote that is missing, ambiguous or changed is a diagnostic, never an anchor in a wrong place; free
text never becomes a rule.
"""

from avow.policy.anchors import check_quotes, place_quote
from avow.policy.promise import PolicyVersion, Promise, Rule
from avow.policy.read import check_versions, read_version, read_versions
from avow.policy.recipients import RecipientEntry, check_recipients, read_recipients
from avow.policy.sentences import split_sentences
from avow.policy.versions import Difference, compare_versions, unread_before

__all__ = [
    "Difference",
    "PolicyVersion",
    "Promise",
    "RecipientEntry",
    "Rule",
    "check_quotes",
    "check_recipients",
    "check_versions",
    "compare_versions",
    "place_quote",
    "read_recipients",
    "read_version",
    "read_versions",
    "split_sentences",
    "unread_before",
]
