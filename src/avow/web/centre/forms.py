"""The forms of the privacy centre: each asks one thing, says why, and takes what was pasted.

Never asks for what is known already, or for a reason to object to marketing; for a document only where a person asked for one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from avow.web.centre.kinds import GROUNDS, KINDS, PLACES, Kind
from avow.web.naming import NamedFields

LONGEST = 5_000  # characters of a free text


class KindForm(forms.Form):
    """What somebody wants. Drawn by hand: each choice has an explanation."""

    kind = forms.ChoiceField(
        choices=[(kind.key, kind.title) for kind in KINDS],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what you would like to do.")},
    )


class ScopeForm(forms.Form):
    """Everything, or a part in one's own words."""

    scope = forms.ChoiceField(
        label="",
        choices=[("all", _("Everything")), ("part", _("Only a part of it"))],
        widget=forms.RadioSelect,
        initial="all",
    )
    text = forms.CharField(
        label=_("Which part?"),
        help_text=_("In your own words, such as “my invoices” or “the messages of last spring”."),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("scope") == "part" and not cleaned.get("text", "").strip():
            self.add_error("text", _("Say which part."))
        return cleaned


class WordsForm(forms.Form):
    """Free words."""

    text = forms.CharField(
        label="",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": _("Write something; a sentence is enough.")},
    )

    def __init__(self, *args: Any, question: Any = "", **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["text"].widget.attrs["aria-label"] = question


class GroundForm(forms.Form):
    """Why data should not be used meanwhile."""

    ground = forms.ChoiceField(label="", choices=GROUNDS, widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("Anything that helps us understand"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class PurposesForm(forms.Form):
    """Uses that somebody objects to, or permissions that are taken back."""

    purposes = forms.MultipleChoiceField(
        label="",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )
    text = forms.CharField(
        label=_("Your reasons"),
        help_text=_("Not needed for marketing."),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(
        self, *args: Any, purposes: Sequence[tuple[str, str]] = (), reasons: bool = True, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.fields["purposes"].choices = list(purposes)  # type: ignore[attr-defined]
        if not reasons:
            del self.fields["text"]


class PlaceForm(forms.Form):
    """Where somebody lives: it decides which law sets the time."""

    place = forms.ChoiceField(label="", widget=forms.RadioSelect)

    def __init__(self, *args: Any, places: Sequence[str] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(place, PLACES.get(place, place)) for place in places]
        self.fields["place"].choices = [*choices, ("other", PLACES[""])]  # type: ignore[attr-defined]


class ContactForm(forms.Form):
    """Where the answer goes. One way of reaching somebody is enough."""

    email = forms.EmailField(
        label=_("E-mail address"),
        help_text=_("We send a code there, to make sure that nobody else asks in your name."),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    name = forms.CharField(
        label=_("Your name"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    phone = forms.CharField(
        label=_("Telephone number"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
    )
    post = forms.CharField(
        label=_("Postal address"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "street-address"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not any(cleaned.get(way) for way in ("email", "phone", "post")) and not self.errors:
            self.add_error("email", _("Give an e-mail address, or a telephone number or postal address below."))
        return cleaned


class TraceForm(NamedFields):
    """What else to search for. All of it is optional."""

    phone = forms.CharField(
        label=_("Telephone number that we may have"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
    )
    field_order = ("customer_number", "phone", "cookie", "ip", "ip_from", "ip_until")


class MessageForm(forms.Form):
    """A message to the people who work on a request."""

    text = forms.CharField(
        label=_("Your message"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Write something; a sentence is enough.")},
    )


class CodeForm(forms.Form):
    """The code from a mail; small letters, spaces and hyphens do not matter."""

    code = forms.CharField(
        label=_("Code from our e-mail"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "class": "code-input", "autocapitalize": "characters"}
        ),
    )


class ReferenceForm(forms.Form):
    """The reference of a request, as mails and letters carry it."""

    reference = forms.RegexField(
        r"^\s*[A-Za-z]{2}-?[A-Za-z0-9]{4}-?[A-Za-z0-9]{4}\s*$",
        label=_("Reference"),
        help_text=_("It stands in every mail and letter about your request, such as AV-7F3K-92QD."),
        error_messages={"invalid": _("A reference looks like AV-7F3K-92QD.")},
        widget=forms.TextInput(attrs={"class": "code-input", "autocomplete": "off"}),
    )

    def clean_reference(self) -> str:
        bare = "".join(c for c in self.cleaned_data["reference"].upper() if c.isalnum())
        return f"{bare[:2]}-{bare[2:6]}-{bare[6:]}"


class StopForm(forms.Form):
    """An objection to marketing: the address, and nothing else."""

    email = forms.EmailField(
        label=_("The address that you no longer want messages at"),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class FactsForm(forms.Form):
    """Facts that the company should hold already; two are enough."""

    customer_number = forms.CharField(label=_("Customer number"), required=False, max_length=80)
    phone = forms.CharField(label=_("Telephone number"), required=False, max_length=40)
    postal_code = forms.CharField(label=_("Postal code"), required=False, max_length=20)
    invoice = forms.CharField(label=_("Number of an invoice"), required=False, max_length=80)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if sum(bool(value) for value in cleaned.values()) < 2:
            raise forms.ValidationError(_("Give two of these, whichever you have."))
        return cleaned


class DocumentForm(forms.Form):
    """A paper that shows who somebody is: the last way, asked for by a person."""

    document = forms.FileField(
        label=_("The file"),
        help_text=_("A photo or a PDF, up to 10 MB. Black out everything that we did not ask for."),
        max_length=200,
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png,.webp"}),
        error_messages={"required": _("Choose a file of at most 10 MB.")},
    )


def about_form(
    kind: Kind, data: Mapping[str, Any] | None, initial: Mapping[str, Any], purposes: Sequence[tuple[str, str]]
) -> forms.Form:
    """The second question of a kind."""
    if kind.about == "scope":
        return ScopeForm(data, initial={"scope": "all", **initial})
    if kind.about == "ground":
        return GroundForm(data, initial=dict(initial))
    if kind.about == "purposes":
        return PurposesForm(data, initial=dict(initial), purposes=purposes, reasons=kind.key == "objection")
    return WordsForm(data, initial=dict(initial), question=kind.question)
