"""Every address of the console by name, as one line of JSON: a program of its own, because Django is set up once a process."""

import json
import sys
from pathlib import Path

from avow.settings import DeskSettings
from avow.web.process import WebProcess
from avow.web.running import set_up


def list_names(patterns, namespace=""):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from list_names(pattern.url_patterns, inner)
        else:
            yield f"{namespace}{pattern.name}"


def list_routes(patterns, before=""):
    """(name, the address as it is written in the list)."""
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from list_routes(pattern.url_patterns, f"{before}{pattern.pattern}")
        elif pattern.name:
            yield f"{before}{pattern.pattern}", pattern.name


set_up(
    WebProcess(
        DeskSettings("console", "http://localhost:1", "127.0.0.1:1"),
        "Lantern Hosting",
        Path(),
        Path(),
        dsn="host=nowhere",
        secret_key="for listing addresses",
    )
)
from django.urls import get_resolver  # noqa: E402

from avow.web.api.endpoints import api  # noqa: E402
from avow.web.console import access  # noqa: E402

scopes = {
    f"{method.upper()} {path}": operation.auth_callbacks[0].scope if operation.auth_callbacks else ""
    for prefix, router in api._routers
    for path, view in router.path_operations.items()
    for operation in view.operations
    for method in operation.methods
}
json.dump(
    {
        "names": sorted(set(list_names(get_resolver().url_patterns))),
        "routes": dict(list_routes(get_resolver().url_patterns)),
        "pages": {name: list(pair) for name, pair in access.PAGES.items()},
        "open": sorted(access.OPEN),
        "own": sorted(access.OWN),
        "closed": sorted(access.CLOSED),
        "whole": sorted(access.WHOLE),
        "scopes": scopes,
    },
    sys.stdout,
)
