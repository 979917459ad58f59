"""A newer version of the example's policy, which lets its data be used for something that no earlier version says."""

from __future__ import annotations

from pathlib import Path

NEWER = "2026-06"
SENTENCE = "We also count which services are asked for together"
_FRONT = """---
published: 2026-06-01
language: en
shown_at:
  - /company/privacy-policy
reason: "We begin to count what is asked for together."
---
"""
_PROMISE = f"""
  - id: counts-together
    quote: "{SENTENCE}"
    act: use
    modality: may
    data: [organisation.sector]
    purposes: [analytics.trend]
    recipients: [internal.sales]
    rules:
      - permit:
          {{data: [organisation.sector], purposes: [analytics.trend], recipients: [internal.sales], do: [read],
            subjects: [customer]}}
"""


def write_newer(project: Path, says: str = SENTENCE) -> None:
    """Adds the version to the project's folder. In force stays what avow.toml names."""
    _, _, body = (project / "policy" / "2026-01.md").read_text(encoding="utf-8").removeprefix("---").partition("---\n")
    (project / "policy" / f"{NEWER}.md").write_text(f"{_FRONT}{body.rstrip()}\n\n{says}.\n", encoding="utf-8")
    promises = (project / "promises" / "2026-01.yaml").read_text(encoding="utf-8")
    promises = promises.replace('policy: "2026-01"', f'policy: "{NEWER}"', 1)
    (project / "promises" / f"{NEWER}.yaml").write_text(promises.rstrip() + "\n" + _PROMISE, encoding="utf-8")
