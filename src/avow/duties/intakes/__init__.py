"""Intakes: how personal data may come in. Rules only; `avow.app.intakes` gives them a store, a clock and a record.

Refuses a line that lacks what its way in requires, or that is about somebody who is on a list of those to be left alone.
"""
