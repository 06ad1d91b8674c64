"""Shapes of what is typed in the portal. Rules stand in the actions; their refusals are added to these forms."""

from __future__ import annotations

import uuid
import zoneinfo
from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from core.errors import Invalid
from core.text import SUBJECT_LIMIT, clean_body, clean_subject
from tickets.queries import categories

Attrs = dict[str, Any]


class House(forms.Form):
    """Fields in the house's dress; no browser validation, so that refusals stand beside their field."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            select = isinstance(field.widget, forms.Select) and not isinstance(
                field.widget, forms.RadioSelect
            )
            plain = isinstance(field.widget, forms.HiddenInput | forms.RadioSelect)
            if not plain:
                field.widget.attrs.setdefault("class", "form-select" if select else "form-control")


def _text(label: Any, limit: int, *, attrs: Attrs | None = None, **more: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"dir": "auto", "autocomplete": "off", **(attrs or {})})
    return forms.CharField(label=label, max_length=limit, widget=widget, **more)


def _long(label: Any, *, rows: int = 7, **more: Any) -> forms.CharField:
    # Length and emptiness are the action's rule (core.text): the same words at every door.
    widget = forms.Textarea(attrs={"dir": "auto", "rows": rows, "maxlength": None})
    return forms.CharField(label=label, widget=widget, required=False, **more)


def _categories(*, contact: bool) -> list[tuple[str, str]]:
    return [(row.code, row.label) for row in categories() if row.on_contact_form or not contact]


class Category(forms.ChoiceField):
    """What a contact is about, from the desk's own list."""

    def __init__(self, *, contact: bool = False, **more: Any) -> None:
        words = {"required": _("Choose what it is about."), "invalid_choice": _("Choose what it is about.")}
        super().__init__(
            label=_("What is it about?"),
            choices=lambda: [("", _("Choose…")), *_categories(contact=contact)],
            error_messages=words,
            **more,
        )


class Letter(House):
    """A subject and a body. Both are checked by the actions' own measure, so that all errors show at once."""

    def clean_subject(self) -> str:
        return _measured(clean_subject, self.cleaned_data.get("subject", ""), "subject")

    def clean_body(self) -> str:
        return _measured(clean_body, self.cleaned_data.get("body", ""), "body")


def _measured(measure: Callable[..., str], text: str, field: str) -> str:
    try:
        return measure(text, field=field)
    except Invalid as error:
        raise forms.ValidationError([str(word) for word in error.fields[field]]) from None


class TicketForm(Letter):
    """A new ticket of somebody who is signed in."""

    client_id = forms.UUIDField(widget=forms.HiddenInput, required=False)
    order = forms.CharField(widget=forms.HiddenInput, required=False)
    article = forms.CharField(widget=forms.HiddenInput, required=False, max_length=120)
    category = Category(widget=forms.RadioSelect)
    subject = _text(
        _("In one line"),
        SUBJECT_LIMIT,
        error_messages={"required": _("Write one line that says what it is about.")},
    )
    body = _long(_("What happened?"), help_text=_("The more you tell now, the less we have to ask."))

    @classmethod
    def start(cls, **initial: str) -> TicketForm:
        """An empty form whose replay gives the first ticket."""
        return cls(initial={"client_id": uuid.uuid4(), **{k: v for k, v in initial.items() if v}})


class ContactForm(Letter):
    """Contact us, for people without an account too."""

    client_id = forms.UUIDField(widget=forms.HiddenInput, required=False)
    name = _text(_("Your name"), 150, attrs={"autocomplete": "name"}, required=False)
    email = forms.CharField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("The answer goes there."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "dir": "ltr"}),
        error_messages={"required": _("Enter the address that the answer goes to.")},
    )
    category = Category(contact=True)
    number = _text(_("Order number"), 40, required=False, help_text=_("If it is about an order."))
    subject = _text(
        _("In one line"),
        SUBJECT_LIMIT,
        error_messages={"required": _("Write one line that says what it is about.")},
    )
    body = _long(_("What happened?"))
    # A person leaves this empty: it is hidden from every reader. Machines fill it in.
    website = forms.CharField(
        required=False, widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"})
    )


class ChatForm(House):
    """The first words of a chat."""

    client_id = forms.UUIDField(widget=forms.HiddenInput, required=False)
    team = forms.SlugField(widget=forms.HiddenInput)
    order = forms.CharField(widget=forms.HiddenInput, required=False)
    body = _long(_("Your question"), rows=4)


class ProfileForm(House):
    """What a person may say about themselves; e-mail, mobile and password have pages of their own."""

    name = _text(_("Contact name"), 150, attrs={"autocomplete": "name"})
    company = _text(_("Company"), 150, attrs={"autocomplete": "organization"}, required=False)
    website = forms.URLField(
        label=_("Web site"),
        required=False,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"autocomplete": "url", "dir": "ltr"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    timezone = forms.ChoiceField(
        label=_("Time zone"),
        choices=lambda: [("", _("As my browser says")), *((z, z.replace("_", " ")) for z in _zones())],
        required=False,
        help_text=_("Times are shown in it, with the desk’s own beside them."),
    )

    @classmethod
    def of(cls, person: Person) -> ProfileForm:
        """The form as the person's row says it."""
        names = ("name", "company", "website", "language", "timezone")
        return cls(initial={name: getattr(person, name) for name in names})


def _zones() -> list[str]:
    return sorted(
        zone
        for zone in zoneinfo.available_timezones()
        if "/" in zone and not zone.startswith(("Etc", "posix"))
    )


__all__ = ["ChatForm", "ContactForm", "ProfileForm", "TicketForm"]


def _line(label: Any, auto: str, limit: int, **more: Any) -> forms.CharField:
    """A line of an address. What belongs to one, its letters and lengths are the action's rule, at every door."""
    return _text(label, limit, attrs={"autocomplete": auto, "maxlength": None}, required=False, **more)


class AddressForm(House):
    """An address as a parcel bears it."""

    name = _line(_("Name"), "shipping name", 1000)
    company = _line(_("Company"), "shipping organization", 1000)
    line1 = _line(_("Street and number"), "shipping address-line1", 1000)
    line2 = _line(_("Flat, floor, entrance"), "shipping address-line2", 1000)
    postcode = _line(_("Postcode"), "shipping postal-code", 1000)
    city = _line(_("City"), "shipping address-level2", 1000)
    region = _line(_("State or region"), "shipping address-level1", 1000)
    country = _line(_("Country"), "shipping country-name", 1000)
    phone = _line(_("Phone for the carrier"), "shipping tel", 1000)

    @classmethod
    def of(cls, row: Any) -> AddressForm:
        """Filled with an address that is known; empty for None."""
        return cls(initial={name: getattr(row, name) for name in cls.base_fields} if row else None)
