"""What the web processes log: where and what kind, never with whose values.

An exception's text can carry a form's content or a row; it is left out, and so are the addresses of pages. The kind of exception
and the places in the code stay: they are enough to mend it.
"""

from __future__ import annotations

import logging
import traceback


class PlainFormatter(logging.Formatter):
    """Time, level, logger, and for exceptions their kinds with file and line, innermost last."""

    def format(self, record: logging.LogRecord) -> str:
        head = f"{self.formatTime(record)} {record.levelname} {record.name}"
        if not record.exc_info or record.exc_info[1] is None:
            return f"{head} {record.msg if not record.args else str(record.msg).split('%', maxsplit=1)[0].strip()}"
        return "\n".join([head, *describe_exception(record.exc_info[1])])


def describe_exception(error: BaseException) -> list[str]:
    """Its kind and places, and those of what caused it."""
    lines = [f"  {type(error).__module__}.{type(error).__name__}"]
    lines += [
        f"    {frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
    ]
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return lines + (describe_exception(cause) if cause is not None else [])
