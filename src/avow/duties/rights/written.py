"""A file that is written away in chunks of at most 1 MiB, with its length and SHA-256 as it grows.

Holds at most one chunk in memory. Refuses to write after it was closed.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

Write = Callable[[str, bytes], None]  # (file name, chunk of at most CHUNK bytes), chunks of one file in order
CHUNK = 1024 * 1024


@dataclass(frozen=True)
class AnswerFile:
    """A file that was written: `bytes` long, with the digest of its content."""

    name: str
    media_type: str
    bytes: int
    sha256: builtins.bytes


class ChunkedFile:
    """Text or bytes in, whole chunks out. `close` gives the file's description."""

    def __init__(self, name: str, media_type: str, write: Write) -> None:
        self.name, self.media_type = name, media_type
        self._write, self._buffer, self._digest = write, bytearray(), sha256()
        self.bytes = 0
        self._closed = False

    def text(self, text: str) -> None:
        self.add(text.encode("utf-8", "replace"))

    def add(self, data: bytes) -> None:
        if self._closed:
            raise ValueError(f"{self.name} is closed")
        self._buffer += data
        while len(self._buffer) >= CHUNK:
            self._flush(CHUNK)

    def _flush(self, length: int) -> None:
        chunk = bytes(self._buffer[:length])
        del self._buffer[:length]
        self._digest.update(chunk)
        self.bytes += len(chunk)
        self._write(self.name, chunk)

    def close(self) -> AnswerFile:
        """Writes what is left; a file without content is written as one empty chunk, so that it exists."""
        if self._buffer or not self.bytes:
            self._flush(len(self._buffer))
        self._closed = True
        return AnswerFile(self.name, self.media_type, self.bytes, self._digest.digest())
