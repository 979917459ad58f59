"""Where a command or a connection string sends things: host names, addresses, buckets. Pure reading of text.

Refuses to call a command local that it cannot read: programs with a configuration of their own (pgBackRest, WAL-G) have to be
declared, and a command of which nothing is recognised gives an unknown target.
"""

from __future__ import annotations

import re

UNKNOWN = "?"
_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://(?:[^/@\s'\"]*@)?(\[[0-9a-fA-F:]+\]|[^/:\s'\"?]+)", re.IGNORECASE)
_REMOTE = re.compile(r"(?<![\w/%:.-])(?:[\w.-]+@)?((?:[\w-]+\.)+[\w-]+|\[[0-9a-fA-F:]+\]|[\w-]+):(?!//)[^\s'\"]*")
_OPTION = re.compile(r"(?:\bhost(?:addr)?\s*=\s*|\s-h\s*|--host[= ])'?([^\s'\";]+)")
_LOCAL = re.compile(
    r"^\s*(?:test\s+!\s+-[ef]\s+\S+\s+&&\s+)?(?:/bin/|/usr/bin/)?(?:cp|mv|install|ln|gzip|zstd|lz4|true|:)\b"
)
_OWN_CONFIGURATION = ("pgbackrest", "wal-g", "walg", "barman", "pg_probackup")


def find_targets(text: str) -> tuple[str, ...]:
    """Hosts and buckets that the text names; ("",) where it stays on its own machine; (UNKNOWN,) where nobody can tell."""
    if not text.strip() or text.strip() == "(disabled)":
        return ()
    found = [*_URL.findall(text), *_OPTION.findall(text)]
    found += _REMOTE.findall(_URL.sub(" ", text))
    hosts = tuple(dict.fromkeys(host.strip("[]") for host in found if not host.startswith("%")))
    if hosts:
        return hosts
    own = any(word in text.lower() for word in _OWN_CONFIGURATION)
    return ("",) if _LOCAL.match(text) and not own else (UNKNOWN,)


def find_hosts(text: str) -> tuple[str, ...]:
    """Hosts of what a server calls its other end: several divided by commas, addresses of the web, `//host:port/name`; ("",) where
    it is the machine itself, a socket or a file."""
    found = [_host(part.strip()) for part in text.split(",")]
    return tuple(dict.fromkeys(found))


def _host(text: str) -> str:
    if urls := _URL.findall(text):
        return str(urls[0]).strip("[]")
    if text.startswith("/") and not text.startswith("//"):
        return ""
    name = text.removeprefix("//").partition("/")[0]
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name if name.count(":") > 1 else name.partition(":")[0]
