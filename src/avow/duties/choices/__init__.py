"""Choices: what people say about uses of their data, on record with receipts, and acted on at once.

Takes answers, however they came; gives consent records, marks in the one truth about a person, and lists of addresses. Refuses to
take silence for a yes: what was not answered is kept apart from what was said.
"""
