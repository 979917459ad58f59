"""What a company owes people: each duty turns an event into the next state, a plan and a record.

Duties are siblings that never import each other; they meet in `app`. Each has a read-only evidence view for `prove`.
Refuses to hold a connection of its own: ports and the clock are arguments.
"""
