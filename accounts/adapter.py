"""Where the log-in library meets the house. Its signals become actions here, and nowhere else."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.signals import email_changed, email_confirmed, user_logged_in
from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.core.mail import EmailMessage
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import get_language

from accounts import actions
from accounts.events import SignedOut
from accounts.forms import PhoneField
from accounts.models import User
from accounts.phones import to_e164
from accounts.queries import actor_for
from core import outbox
from core.actors import SYSTEM
from core.events import publish


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in by e-mail or mobile; mails leave through the outbox."""

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        user.phone, user.phone_verified = phone, verified
        user.save(update_fields=["phone", "phone_verified"])

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        return (str(user.phone), user.phone_verified) if user.phone else None

    def set_phone_verified(self, user: User, phone: str) -> None:
        self.set_phone(user, phone, True)

    def get_user_by_phone(self, phone: str) -> User | None:
        """Gets the log-in text as typed, so it is brought into one writing first."""
        number = to_e164(phone)
        return User.objects.filter(phone=number).first() if number else None

    def phone_form_field(self, **kwargs: Any) -> PhoneField:
        return PhoneField(**kwargs)

    def send_verification_code_sms(self, user: User, phone: str, code: str, **kwargs: Any) -> None:
        """No SMS gateway stands behind this yet; verification by SMS is off in the settings."""
        raise NotImplementedError("mobile verification is switched off")

    def send_unknown_account_sms(self, phone: str, **kwargs: Any) -> None:
        """Nothing is sent: there is no SMS gateway."""

    def send_account_already_exists_sms(self, phone: str, **kwargs: Any) -> None:
        """Nothing is sent: there is no SMS gateway."""

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # The library's key knows e-mail and user name alone: every mobile log-in would share one bucket,
        # and a few wrong ones would lock out everybody.
        if "phone" in credentials and "email" not in credentials:
            credentials["email"] = to_e164(credentials["phone"]) or credentials["phone"]
        return super()._get_login_attempts_cache_key(request, **credentials)

    def get_login_stages(self) -> list[str]:
        # With mobile verification off its stage would still catch duplicates and wait for a code that never comes.
        return [stage for stage in super().get_login_stages() if not stage.endswith("PhoneVerificationStage")]

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Rendered now, sent by the worker: a mail server that is down loses no code."""
        request = context.get("request") or getattr(self, "request", None)
        message = self.render_mail(template_prefix, email, {"request": request, **context})
        with transaction.atomic():
            outbox.enqueue("mail.send", mail_payload(message))


def mail_payload(message: EmailMessage) -> dict[str, Any]:
    """A mail as the outbox keeps it."""
    return {"subject": message.subject, "body": str(message.body), "to": list(message.to)}


@receiver(email_confirmed)
def _confirmed(request: HttpRequest, email_address: Any, **kwargs: Any) -> None:
    if email_address.primary or email_address.user.email == email_address.email:
        actions.join_person(actor=SYSTEM, user=email_address.user, language=get_language() or "")


@receiver(email_changed)
def _changed(request: HttpRequest, user: User, to_email_address: Any, **kwargs: Any) -> None:
    if to_email_address.verified:
        user.refresh_from_db()
        actions.join_person(actor=SYSTEM, user=user)


@receiver(user_logged_in)
def _signed_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    if user.person is None:
        return
    actor = actor_for(user)
    if not user.person.timezone:
        actions.remember_zone(actor=actor, timezone=request.COOKIES.get("tz", ""))
    # What was chosen before signing in is the newest choice.
    actions.remember_language(actor=actor, language=request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""))


@receiver(user_logged_out)
def _signed_out(request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        with transaction.atomic():
            publish(SignedOut(user_id=user.pk))
