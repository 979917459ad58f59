"""What a request may cost: the company's own fee, only where the law allows one and never above its cap; and what staff may ask for
a request that they decided to be excessive.

Promises: nothing is ever due for an erasure, a correction, a restriction, an objection, a withdrawal, a complaint or a question,
nor for anything about marketing, whatever a company or a law says. Refuses a fee above the cap or in another currency than it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from avow.errors import Diagnostic, LawError, Place
from avow.law.profiles import FEELESS, Profile


@dataclass(frozen=True)
class Fee:
    """`amount` in `currency` (ISO 4217); `basis` is the source that allows or forbids it; not `due` when the amount is 0."""

    amount: Decimal
    currency: str
    basis: str

    @property
    def due(self) -> bool:
        return self.amount > 0

    @property
    def cents(self) -> int:
        return int(self.amount * 100)

    def __str__(self) -> str:
        """ "20.00 USD"; "" when none is due."""
        return f"{self.amount:.2f} {self.currency}" if self.due else ""


NO_FEE = Fee(Decimal(0), "", "")


def fee_for(
    profile: Profile, kind: str, company_fee: Fee = NO_FEE, *, marketing: bool = False, excessive: bool = False
) -> Fee:
    """What this request costs. `excessive` only after a member of staff decided so and said why (an unfounded or excessive
    request, by a law that allows a charge for it); `company_fee` is what the company set, at most the cap of the law."""
    rule, *kinds = profile.fee.words
    none = Fee(Decimal(0), "", profile.fee.source)
    if kind in FEELESS or marketing or kind not in kinds:
        return none
    if rule == "never" or (rule == "excessive" and not excessive) or not company_fee.due:
        return none
    if not fits_cap(profile, company_fee):
        return none
    return Fee(company_fee.amount, company_fee.currency, profile.fee.source)


def excessive_fee(profile: Profile, kind: str, amount: Decimal, cap: Fee) -> Fee:
    """What is asked for one request that is manifestly unfounded or excessive, at most `cap`, which the company set.

    Raises LawError: `law.fee-forbidden` where the law lets nobody ask for it, or nobody has verified that it does;
    `law.fee-above-cap`, also where the company set no cap; `law.bad-fee`."""
    rule, *kinds = profile.fee.words
    if rule != "excessive" or kind in FEELESS or kind not in kinds or not profile.fee.verified:
        cause = f"{profile.law} gives no fee for an excessive request of this kind, or nobody has verified that it does"
        raise _refuse(
            "law.fee-forbidden", cause, f"answer it, or refuse it with a reason; `{profile.id}.fee` confirms it"
        )
    fee = Fee(amount, cap.currency, profile.fee.source)
    if amount > cap.amount or not fits_cap(profile, fee):
        cause = (
            f"the fee is above the cap of the company ({cap})" if cap.due else "the company set no cap for such a fee"
        )
        raise _refuse("law.fee-above-cap", cause, "lower it, or have `law.fee.cap` set in avow.toml")
    if not fee.due or not has_form(fee):
        raise _refuse("law.bad-fee", "a fee is more than 0 and has at most two decimals", "write for example 15.00")
    return fee


def _refuse(code: str, cause: str, help: str) -> LawError:
    return LawError(Diagnostic(Place("law"), code, cause, help, "nobody is asked to pay"))


def has_form(fee: Fee) -> bool:
    """At most two decimals, and a currency of three capital letters."""
    return fee.amount == fee.amount.quantize(Decimal("0.01")) and len(fee.currency) == 3 and fee.currency.isupper()


def fits_cap(profile: Profile, fee: Fee) -> bool:
    """Within the law's cap, in its currency; True where the law names none."""
    if profile.fee_cap is None:
        return True
    amount, currency = profile.fee_cap
    return fee.currency == currency and fee.amount <= amount
