"""Rights: requests from the first click to the proof. See `model` for the words, docs/explanation/rights.md for the states.

Refuses to release anything before the person is known well enough, and to call anything done that was not looked at again.
"""
