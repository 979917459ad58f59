"""Reads the `Range` header of a download: one range, or the whole file. Refuses to guess: what is not understood is the whole file.

Source: RFC 9110 section 14.2.
"""

from __future__ import annotations

import re

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def read_range(header: str, size: int) -> tuple[int, int] | tuple[()] | None:
    """First and last byte of one range; None for the whole file, () when nothing of the file lies in it."""
    match = _RANGE.fullmatch(header.strip())
    if match is None or match[0] == "bytes=-":
        return None
    if not match[1]:
        start, end = max(size - int(match[2]), 0), size - 1
    else:
        start, end = int(match[1]), min(int(match[2] or size - 1), size - 1)
    return (start, end) if start <= end and start < size else ()
