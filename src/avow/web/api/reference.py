"""`python -m avow.web.api.reference docs/reference`: writes api.md from the API's own description. Adds nothing to it.

The same text is compared with the page by a test, and the examples in it are run against a living API.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.conf import settings

EXAMPLES: dict[str, tuple[str, str, dict[str, Any] | None]] = {
    "open a request": (
        "POST",
        "/api/requests",
        {
            "kind": "access",
            "contact": {"email": "alice@customer.example", "language": "en"},
            "wish": {"text": "What do you hold about me?"},
        },
    ),
    "list what is overdue": ("GET", "/api/requests?overdue=true&limit=20", None),
    "record an objection": (
        "POST",
        "/api/choices",
        {"kind": "objection", "contact": {"email": "alice@customer.example"}, "purposes": ["marketing.own"]},
    ),
    "screen an import": (
        "POST",
        "/api/screen",
        {
            "values": [
                {"kind": "email", "value": "alice@customer.example"},
                {"kind": "phone", "value": "+442079460018"},
            ],
            "purpose": "marketing.own",
        },
    ),
    "read the verdicts": ("GET", "/api/verdicts", None),
    "report a complaint": ("POST", "/api/cases", {"kind": "complaint", "facts": {"complaint": "a letter came twice"}}),
    "see where breaches stand": ("GET", "/api/breaches", None),
    "subscribe to a webhook": ("POST", "/api/webhooks", {"url": "https://shop.example/hooks", "events": ["done"]}),
}
_HEAD = """# The API

Made from the API's own description (`/api/openapi.json`, OpenAPI 3.1) by `python -m avow.web.api.reference docs/reference`.

It answers at the console's address, under `/api/`. Every call carries `Authorization: Bearer <token>`: an administrator makes
tokens in the console under *Programs*, `avow staff token` makes one on the machine. A token holds scopes, is shown once, and is
kept as a digest.

- **Errors** come in one shape, whatever went wrong: `code` (each has a page in [errors](../errors)), `cause`, `help`, `findings`.
- **Repeating a call.** A call that changes something may carry `Idempotency-Key` (a UUID). Repeated within 24 hours it has no
  second effect; the first answer comes with `Idempotency-Replayed: true`. The same key for another call is refused. Subscribing
  to a webhook has no key: its answer holds a secret, and no secret is kept.
- **Pages.** Lists take `limit` and `after`; `next` of an answer is the `after` of the next page, null on the last one.
- **Limits.** `console.calls_per_minute` calls for each token; above it 429 with `Retry-After`.
- **Webhooks** tell moves of requests: reference, kind, states, time, never a person's value. Deliveries go through the outbox and
  are signed as Standard Webhooks are: `webhook-id`, `webhook-timestamp`, `webhook-signature` (HMAC-SHA-256 under the secret that
  subscribing gave, over `id.timestamp.body`).
"""


def set_up() -> None:
    """Django with nothing but what describing the API needs; a process that serves is set up already."""
    if not settings.configured:
        settings.configure(ROOT_URLCONF="avow.web.api.reference", USE_TZ=True, SECRET_KEY="describes, serves nothing")


urlpatterns: list[Any] = []


def describe() -> dict[str, Any]:
    """The OpenAPI document, as /api/openapi.json gives it."""
    set_up()
    from avow.web.api.endpoints import api

    return dict(api.get_openapi_schema(path_prefix="/api/"))


def api_page() -> str:
    """docs/reference/api.md."""
    schema = describe()
    parts = [_HEAD, "## Scopes\n", *_scopes(), "\n## Examples\n", *map(_example, EXAMPLES.items()), "\n## Calls\n"]
    for path, methods in schema["paths"].items():
        parts += [_call(path, method, call, schema) for method, call in methods.items()]
    parts += ["## Values\n", *(_schema(name, one) for name, one in sorted(schema["components"]["schemas"].items()))]
    return "\n".join(parts).rstrip() + "\n"


def _scopes() -> list[str]:
    from avow.app.roles import SCOPES

    return [
        "| scope | what it lets a program do |",
        "|---|---|",
        *(f"| `{s}` | {says} |" for s, says in SCOPES.items()),
    ]


def _example(entry: tuple[str, tuple[str, str, dict[str, Any] | None]]) -> str:
    name, (method, path, body) = entry
    lines = [
        f"{name.capitalize()}:\n",
        "```",
        f'curl -X {method} "$AVOW{path}" -H "Authorization: Bearer $TOKEN" \\'[: -2 if body is None else None],
    ]
    if body is not None:
        lines += ['  -H "Content-Type: application/json" \\', f"  -d '{json.dumps(body)}'"]
    return "\n".join([*lines, "```\n"])


def _call(path: str, method: str, call: dict[str, Any], schema: dict[str, Any]) -> str:
    lines = [f"### `{method.upper()} {path}`\n", " ".join(call.get("description", "").split()) + "\n"]
    for parameter in call.get("parameters", ()):
        words = parameter["schema"].get("description") or parameter.get("description", "")
        lines.append(f"- `{parameter['name']}` ({parameter['in']}){': ' + words if words else ''}")
    if body := call.get("requestBody"):
        lines.append(f"- body: {_type(next(iter(body['content'].values()))['schema'])}")
    for status, answer in call["responses"].items():
        content = next(iter(answer.get("content", {}).values()), None)
        if int(status) < 400:
            lines.append(f"- {status}: {_type(content['schema']) if content else 'nothing'}")
    refused = [str(status) for status in call["responses"] if int(status) >= 400]
    return "\n".join([*lines, f"- {', '.join(refused)}: {_link('Problem')}\n"])


def _schema(name: str, one: dict[str, Any]) -> str:
    lines = [f"### {name}\n"]
    if one.get("description"):
        lines.append(" ".join(one["description"].split()) + "\n")
    required = one.get("required", ())
    for key, value in one.get("properties", {}).items():
        words = value.get("description", "")
        needed = "" if key in required else ", optional"
        lines.append(f"- `{key}` ({_type(value)}{needed}){': ' + words if words else ''}")
    return "\n".join([*lines, ""])


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return _link(schema["$ref"].rsplit("/", 1)[-1])
    if "anyOf" in schema:
        return " or ".join(_type(part) for part in schema["anyOf"])
    if "enum" in schema:
        return " \\| ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    form = f" ({schema['format']})" if "format" in schema else ""
    return str(schema.get("type", "anything")) + form


def _link(name: str) -> str:
    return f"[{name}](#{name.lower()})"


if __name__ == "__main__":
    Path(sys.argv[1], "api.md").write_text(api_page(), encoding="utf-8")
