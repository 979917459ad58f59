"""Retention: until when data may be kept, and what happens to it then. Rules only; `avow.app.retention` gives
them stores and a clock.

Refuses a limit that no column can date: it is told by name, and the promise stays unproven.
"""
