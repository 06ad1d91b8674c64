"""One's own data, and where a sign-in leads."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django.views.i18n import set_language

from accounts.actions import remember_language, remember_zone, update_profile
from accounts.queries import shopper_of
from accounts.queries.requests import current_verification
from core.actors import Actor
from core.db import retrying
from core.errors import DeskError
from core.middleware import flash
from helpdesk.portal.forms import ProfileForm
from helpdesk.portal.shell import actor_of, known_actor, next_url, page, refuse


@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Profile, and the ways to e-mail, mobile, password and sign-ins."""
    actor = known_actor(request)
    if request.method == "GET":
        return _account_page(request, actor, ProfileForm.of(request.user.person), 200)  # type: ignore[union-attr,arg-type]
    form = ProfileForm(request.POST)
    if not form.is_valid():
        return _account_page(request, actor, form, 400)
    try:
        retrying(update_profile, actor=actor, **form.cleaned_data)
    except DeskError as error:
        return _account_page(request, actor, form, refuse(form, error))
    translation.activate(form.cleaned_data["language"])
    flash(request, _("Saved."))
    response = redirect("portal:account")
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        form.cleaned_data["language"],
        max_age=settings.LANGUAGE_COOKIE_AGE,
        samesite="Lax",
    )
    return response


def _account_page(request: HttpRequest, actor: Actor, form: ProfileForm, status: int) -> HttpResponse:
    context = {
        "form": form,
        "person": request.user.person,  # type: ignore[union-attr]
        "shopper": shopper_of(actor.id or 0),
        "verification": current_verification(actor.id or 0),
    }
    return page(request, "account", context, section="account", status=status)


@require_http_methods(["GET", "POST"])
def choose_language(request: HttpRequest) -> HttpResponse:
    """The language of pages in this browser; who is signed in gets mails in it too."""
    response: HttpResponse = set_language(request)
    if request.method == "POST":
        retrying(remember_language, actor=actor_of(request), language=request.POST.get("language", ""))
    return response


@require_GET
def after_sign_in(request: HttpRequest) -> HttpResponse:
    """Staff to the console, managers to the dashboard, buyers to where they came from or home."""
    actor = actor_of(request)
    if not actor.is_known:
        return redirect("portal:home")
    retrying(remember_zone, actor=actor, timezone=request.COOKIES.get("tz", ""))
    return redirect(next_url(request, _home_of(actor)))


def _home_of(actor: Actor) -> str:
    if not actor.is_staff:
        return "/"
    return "/dashboard/" if actor.is_manager else "/console/"
