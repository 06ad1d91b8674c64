"""Shape of what people type about themselves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.phones import to_e164


class PhoneField(forms.CharField):
    """A mobile number in any usual writing."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Mobile number"))
        kwargs.setdefault("widget", forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Any:
        value = super().clean(value)
        if not value:
            return value
        number = to_e164(value)
        if number is None:
            raise forms.ValidationError(
                _("Enter a valid mobile number, like +1 415 555 0101."), code="invalid"
            )
        return number


class SignupExtra(forms.Form):
    """What registering asks beside e-mail, mobile and password."""

    name = forms.CharField(
        max_length=150,
        label=_("Contact name"),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ["name", "email", "phone", "password1"]

    def signup(self, request: HttpRequest, user: User) -> None:
        user.name = self.cleaned_data["name"].strip()
        user.save(update_fields=["name"])
