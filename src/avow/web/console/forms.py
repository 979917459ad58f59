"""What staff fill in: every form of the console, checked in one place. Refuses control characters and dates to come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from avow.app.departments import list_departments
from avow.app.desk_staff import Residual
from avow.app.roles import ROLES, SCOPES
from avow.duties.rights.model import KINDS, NOES, OPEN
from avow.vocabulary import load_vocabulary
from avow.web.console.lists import say
from avow.web.console.words import label, says
from avow.web.naming import NamedFields

BY_HAND: tuple[tuple[str, Any], ...] = (
    ("email", _("e-mail")),
    ("phone", _("telephone")),
    ("letter", _("letter")),
    ("portal_ticket", _("ticket in our portal")),
)
EVERY_USE = "every use"  # in place of a purpose: all that can be objected to


def list_roles() -> list[tuple[str, str]]:
    """(role, words); asked anew for each form, so that it speaks the reader's language. So are the others below."""
    return [(role.name, f"{say(role.name).capitalize()}: {says(role.says)}") for role in ROLES.values()]


def list_department_names() -> list[tuple[str, str]]:
    return [(one.id, label(one.label).capitalize()) for one in list_departments(load_vocabulary())]


def list_scopes() -> list[tuple[str, str]]:
    return [(scope, f"{scope}: {says(text)}") for scope, text in SCOPES.items()]


def list_kinds() -> list[tuple[str, str]]:
    return [(kind, say(kind).capitalize()) for kind in KINDS]


def list_kinds_wanted() -> list[tuple[str, Any]]:
    return [("", _("every kind")), *((kind, say(kind)) for kind in KINDS)]


def list_states_wanted() -> list[tuple[str, Any]]:
    return [("", _("every open state")), ("closed", _("closed")), *((state, say(state)) for state in OPEN)]


class InvitationForm(forms.Form):
    email = forms.EmailField(label=_("Their e-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=list_roles,
        widget=forms.CheckboxSelectMultiple,
    )
    departments = forms.MultipleChoiceField(
        label=_("Departments"),
        required=False,
        choices=list_department_names,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "They see what the policy lets these departments use. None: the privacy office, which sees a whole case."
        ),
    )


class RightsForm(forms.Form):
    roles = InvitationForm.base_fields["roles"]
    departments = InvitationForm.base_fields["departments"]


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("Which program"), max_length=80, help_text=_("such as “shop”; never a person's name")
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=list_scopes,
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.IntegerField(
        label=_("Days until it ends"),
        required=False,
        min_value=1,
        max_value=3650,
        help_text=_("empty: until it is revoked"),
    )


class JoinForm(forms.Form):
    email = forms.EmailField(
        label=_("Your e-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label=_("A password"),
        help_text=_("At least 12 characters. Four unrelated words make a good password; you may paste it."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("The password again"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean_email(self) -> str:
        model: Any = get_user_model()
        email = str(self.cleaned_data["email"])
        if model.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError(_("There is an account with this address: sign in with it, or use another."))
        return email

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        password = data.get("password") or ""
        if password and password != data.get("again"):
            self.add_error("again", _("The two passwords are not the same."))
        elif password:
            try:
                validate_password(password, get_user_model()(email=data.get("email")))
            except forms.ValidationError as error:
                self.add_error("password", error)
        return data


class QueueForm(forms.Form):
    """The filters of the queue; every one may be left out."""

    reference = forms.CharField(label=_("Reference"), required=False, max_length=20)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=list_kinds_wanted)
    state = forms.ChoiceField(label=_("State"), required=False, choices=list_states_wanted)
    owner = forms.ChoiceField(
        label=_("Owner"),
        required=False,
        choices=[("", _("anybody")), ("me", _("me")), ("nobody", _("nobody yet"))],
    )
    overdue = forms.BooleanField(label=_("overdue"), required=False)
    failed = forms.BooleanField(label=_("a store failed"), required=False)


class EnterForm(NamedFields):
    """A request that came by e-mail, telephone, letter or ticket. The clock runs from the day on which it came. `purposes` are
    (term, words) of the uses that can be objected to."""

    channel = forms.ChoiceField(label=_("How it came"), choices=BY_HAND, widget=forms.RadioSelect)
    came_on = forms.DateField(
        label=_("The day on which it came"),
        help_text=_("the legal clock runs from this day, not from today"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    kind = forms.ChoiceField(label=_("What they ask for"), choices=list_kinds)
    purposes = forms.MultipleChoiceField(
        label=_("Which uses an objection or a withdrawal is about"),
        required=False,
        choices=[],
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Whoever only wants no more advertising objects to marketing: it counts at once, and nothing is asked of them."
        ),
    )
    jurisdiction = forms.ChoiceField(label=_("Which law applies"), choices=[])
    name = forms.CharField(label=_("Their name"), required=False, max_length=200)
    email = forms.EmailField(label=_("Their e-mail address"), required=False)
    phone = forms.CharField(label=_("Their telephone number"), required=False, max_length=60)
    postal_address = forms.CharField(
        label=_("Their postal address"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 4})
    )
    text = forms.CharField(
        label=_("Their own words"), required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 6})
    )
    field_order = ("channel", "came_on", "kind", "purposes", "jurisdiction", "name", "email", "phone", "postal_address")

    ground = forms.CharField(
        label=_("The reasons that they give"),
        required=False,
        max_length=5_000,
        help_text=_("for an objection, a restriction or a correction; not needed for marketing"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(
        self,
        *args: Any,
        jurisdictions: tuple[str, ...] = (),
        purposes: Sequence[tuple[str, str]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        _field(self, "jurisdiction").choices = [(name, say(name)) for name in jurisdictions]
        self.fields["ip"].help_text = ""  # written for the person, who is asked about themselves
        self._terms = tuple(term for term, _label in purposes)
        every = [(EVERY_USE, _("Every one of them"))] if len(purposes) > 1 else []
        _field(self, "purposes").choices = [*purposes, *every]

    @property
    def chosen(self) -> tuple[str, ...]:
        """The purposes of an objection or a withdrawal; none for another kind of request."""
        if self.cleaned_data["kind"] not in NOES:
            return ()
        ticked: list[str] = self.cleaned_data["purposes"]
        return self._terms if EVERY_USE in ticked else tuple(ticked)

    def clean_came_on(self) -> date:
        came: date = self.cleaned_data["came_on"]
        today = datetime.now(UTC).date()
        if came > today:
            raise forms.ValidationError(_("This day is still to come."))
        if came < today - timedelta(days=3 * 365):
            raise forms.ValidationError(_("This day is more than three years ago."))
        return came

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not any(data.get(key) for key in ("email", "phone", "postal_address")):
            self.add_error(
                "email", _("Give an e-mail address, a telephone number or a postal address: they need an answer.")
            )
        if data.get("kind") in NOES and not data.get("purposes"):
            self.add_error("purposes", _("Say which uses it is about. No more advertising: choose marketing."))
        return data

    def came_at(self) -> datetime:
        """The beginning of that day (UTC): the earliest moment, so that no day is lost to the person."""
        return datetime.combine(self.cleaned_data["came_on"], time(), UTC)


class MessageForm(forms.Form):
    text = forms.CharField(label=_("Message"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 5}))


class HoldForm(forms.Form):
    """What stays although its person is erased, and who looks at it again when."""

    store = forms.CharField(label=_("Store"), max_length=200)
    table = forms.CharField(label=_("Table"), max_length=200)
    row = forms.CharField(label=_("Row"), required=False, max_length=400, help_text=_("empty: every row of the table"))
    ground = forms.CharField(label=_("Ground"), max_length=300, help_text=_("the law or claim that needs it"))
    review_on = forms.DateField(label=_("Look at it again on"), widget=forms.DateInput(attrs={"type": "date"}))

    def clean_review_on(self) -> date:
        day: date = self.cleaned_data["review_on"]
        if day <= datetime.now(UTC).date():
            raise forms.ValidationError(_("A hold is looked at again on a day to come."))
        return day


class LawForm(forms.Form):
    """Which law applies, with the day on which the request would be due by each."""

    law = forms.ChoiceField(label=_("Which law applies"), choices=[], widget=forms.RadioSelect)

    def __init__(self, *args: Any, due: Mapping[str, date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        said = {
            name: _("%(law)s: due %(day)s") % {"law": say(name), "day": date_format(day, "DATE_FORMAT")}
            for name, day in due.items()
        }
        _field(self, "law").choices = list(said.items())


_WHOSE = [
    ("another_person", _("another person's, or nobody's: it may stand there")),
    ("same_person", _("this person's: it goes as well")),
]


class LeftForm(forms.Form):
    """Whose a value is that is still found. `left` are the places; of those in a record that may not be corrected it may be said
    that they stay as they are."""

    place = forms.ChoiceField(label=_("Where"), choices=[], widget=forms.RadioSelect)
    verdict = forms.ChoiceField(
        label=_("Whose it is"),
        widget=forms.RadioSelect,
        choices=_WHOSE,
    )
    reason = forms.CharField(
        label=_("How you know"), max_length=200, help_text=_("what you saw there, without the value itself")
    )

    def __init__(self, *args: Any, left: Sequence[Residual], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if any(one.lasting for one in left):
            reason = self.fields["reason"]
            says = _("this person's, and it stays: the record says what was done then, and may not be corrected")
            _field(self, "verdict").choices = [*_WHOSE, ("stays", says)]
            reason.label = _("How you know, or why it stays")
            reason.help_text = _("without the value itself; why something stays is read by the person")
        named = [f"{one.store} {one.table}.{one.column} ({one.rows})" for one in left]
        _field(self, "place").choices = [(str(number), name) for number, name in enumerate(named)]


class CorrectionForm(forms.Form):
    """One field and what shall stand there. `fields` are (store, table, row, column)."""

    place = forms.ChoiceField(label=_("Which field"), choices=[])
    value = forms.CharField(label=_("What shall stand there"), max_length=2_000, required=False)
    empty = forms.BooleanField(label=_("Nothing: the field shall be empty"), required=False)

    def __init__(self, *args: Any, fields: Sequence[tuple[str, str, str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._fields = fields
        records: dict[str, list[tuple[str, str]]] = {}
        for number, (store, table, row, column) in enumerate(fields):
            records.setdefault(f"{store}:{table} {row}", []).append((str(number), column))
        _field(self, "place").choices = list(records.items())

    def clean(self) -> dict[str, Any]:
        """Nobody empties a field by pressing a button too early."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if bool(given.get("value")) == bool(given.get("empty")):
            self.add_error("value", _("Write what shall stand there, or tick that the field shall be empty."))
        return given

    @property
    def chosen(self) -> tuple[str, str, str, str]:
        return self._fields[int(self.cleaned_data["place"])]


def _field(form: forms.Form, name: str) -> forms.ChoiceField:
    found = form.fields[name]
    assert isinstance(found, forms.ChoiceField)  # declared so
    return found


class TaskForm(forms.Form):
    outcome = forms.ChoiceField(label=_("How it went"), choices=[], widget=forms.RadioSelect)
    evidence = forms.CharField(
        label=_("Evidence"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("what you searched, what you found or did, where; sealed, and no part of the answer"),
    )


class LedgerForm(forms.Form):
    """What is looked for in the ledger; every field may be left out."""

    reference = forms.CharField(
        label=_("Person of the case"), required=False, max_length=20, help_text=_("a reference")
    )
    pair = forms.CharField(label=_("Purpose / recipient"), required=False, max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[])
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    before = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=0)
