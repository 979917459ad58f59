"""What a person confirmed about a company's stores: categories, owners, sources, places, logins.

Refuses to guess and to look at a row's values for anything but a detector: what nobody confirmed counts as any.personal.
"""
