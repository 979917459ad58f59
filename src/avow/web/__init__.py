"""The privacy centre, the console and the JSON API: Django, server-rendered, works without JavaScript.

Refuses to hold a credential of a store: it writes requests to the control database, workers do the rest.
"""
