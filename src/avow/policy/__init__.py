"""The published policy: text and promises -> typed promises, or every diagnostic at once.

Refuses to guess: a quote that is missing, ambiguous or changed is a diagnostic, never an anchor in a wrong place; free
text never becomes a rule.
"""

from avow.policy.anchors import check_quotes, place_quote
from avow.policy.promise import PolicyVersion, Promise, Rule
from avow.policy.read import read_version, read_versions
from avow.policy.sentences import split_sentences
from avow.policy.versions import Difference, compare_versions

__all__ = [
    "Difference",
    "PolicyVersion",
    "Promise",
    "Rule",
    "check_quotes",
    "compare_versions",
    "place_quote",
    "read_version",
    "read_versions",
    "split_sentences",
]
