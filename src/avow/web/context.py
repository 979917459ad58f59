"""What every template may use: the company, its human contact, and the direction of the language. Never anything personal."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language, get_language_bidi

from avow.web.process import WebProcess


def page(request: HttpRequest) -> dict[str, Any]:
    process: WebProcess = settings.AVOW
    return {
        "company": process.title or process.company,
        "contact": process.contact,
        "post_lines": [line.strip() for line in process.contact.post.split(",") if line.strip()],
        "desk": process.desk,
        "desk_layout": f"{process.desk.name}/layout.html",
        "languages": settings.LANGUAGES,
        "language": get_language() or settings.LANGUAGE_CODE,
        "direction": "rtl" if get_language_bidi() else "ltr",
    }
