"""Campaigns: messages to many people, each class with its own no, and what is no campaign at all.

Takes an audience that the purpose's role saw; gives messages and the receivers who were left out, each with a reason. Refuses to
decide by what a store says alone: the one truth about a person is asked again for every message.
"""
