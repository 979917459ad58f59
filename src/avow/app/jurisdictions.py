"""The laws that a company chose in avow.toml, with its own numbers in them.

Refuses what the law does not give: every mistake is told at once, by `avow.law`.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from avow.errors import Diagnostic, LawError, Place
from avow.law import NO_FEE, CompanyLaw, Fee, choose_law
from avow.settings import Settings


def read_law(settings: Settings) -> CompanyLaw:
    """The company's laws; the centre's jurisdictions are always among them. Raises LawError with every mistake."""
    law, centre = settings.law, settings.centre.jurisdictions
    return choose_law(
        law.default or centre[0],
        (*law.profiles, *centre),
        fee=_read_fee(law.fee_amount, law.fee_currency, "amount"),
        cap=_read_fee(law.fee_cap, law.fee_currency, "cap"),
        days=law.days,
        zones=law.zones,
        confirmed=law.confirmed,
        holidays=frozenset(law.holidays),
    )


def _read_fee(amount: str, currency: str, name: str) -> Fee:
    if not amount:
        return NO_FEE
    try:
        return Fee(Decimal(amount), currency, "avow.toml")
    except InvalidOperation:
        raise LawError(
            Diagnostic(
                Place("avow.toml law.fee"),
                "law.bad-fee",
                f"`law.fee.{name}` is not a number in quotes",
                f'write for example {name} = "20.00" and currency = "USD"',
                "avow stops: nobody could be told what is due",
            )
        ) from None
