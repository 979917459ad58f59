"""Governed stores: one folder per kind of store, native code, one contract suite for all of them.

Promises what `port` says. Refuses to know anything of privacy: what a column means is the data map's matter.
"""
