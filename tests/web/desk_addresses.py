"""Every address of a desk (`centre` or `console`), as one line of JSON: a program of its own: Django is set up once a process.

`names` are what the desk calls them, with the path of those that have no name; `paths` says where each stands.
"""

import json
import sys
from pathlib import Path

from avow.settings import DeskSettings
from avow.web.process import WebProcess
from avow.web.running import set_up


def list_addresses(patterns, namespace="", above=""):
    """(name, path) of each."""
    for pattern in patterns:
        path = above + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from list_addresses(pattern.url_patterns, inner, path)
        else:
            yield f"{namespace}{pattern.name or path}", path


desk = sys.argv[1]
set_up(
    WebProcess(
        DeskSettings(desk, "http://localhost:1", "127.0.0.1:1"),
        "Lantern Hosting",
        Path(),
        Path(),
        dsn="host=nowhere",
        secret_key="for listing addresses",
    )
)
from django.urls import get_resolver  # noqa: E402

found = dict(list_addresses(get_resolver().url_patterns))
listed = {"names": sorted(found), "paths": found}
if desk == "console":
    from avow.web.api.endpoints import api
    from avow.web.console import access

    listed["scopes"] = {
        f"{method.upper()} {path}": operation.auth_callbacks[0].scope if operation.auth_callbacks else ""
        for prefix, router in api._routers
        for path, view in router.path_operations.items()
        for operation in view.operations
        for method in operation.methods
    }
    listed["pages"] = {name: list(pair) for name, pair in access.PAGES.items()}
    for table in ("OPEN", "OWN", "CLOSED", "WHOLE"):
        listed[table.lower()] = sorted(getattr(access, table))
json.dump(listed, sys.stdout)
