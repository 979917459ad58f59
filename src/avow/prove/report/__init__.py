"""The report in four forms, one ratchet and one exit code. Pure: a Report in, text out. Refuses to hide: unread sentences,
what was not searched, and the reason of everything that is not kept stand in every form."""

from avow.prove.report.junit import report_junit
from avow.prove.report.page import report_html
from avow.prove.report.plain import report_json, report_table
from avow.prove.report.ratchet import exit_code, new_findings

__all__ = ["exit_code", "new_findings", "report_html", "report_json", "report_junit", "report_table"]
