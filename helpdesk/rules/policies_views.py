"""The policies' pages: the list with its order, the editor, a ticket tried, retiring and deleting.

Every button posts the whole form; asked by htmx, the page's script takes the part that it is about.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.db import retrying
from core.errors import Conflict, DeskError, NotFound
from helpdesk.dashboard.queries import check_manager
from helpdesk.rules import policies_queries as queries
from helpdesk.rules.ordered import moved, save_sheet
from helpdesk.rules.policies_forms import PolicySheet
from helpdesk.rules.told import go_to, tell
from sla.actions import delete_policy, reorder_policies, save_policy, set_policy_active
from sla.models import Metric, PolicyVersion
from sla.policy_drafts import PolicyDraft
from sla.queries import draft_of_policy, policies_in_order, policy_named
from sla.queries.policy_order import differences, rows_of

Shown = dict[str, Any]


def _reader() -> str:
    return timezone.get_current_timezone_name()


@require_http_methods(["GET", "POST"])
def policies(request: HttpRequest) -> HttpResponse:
    """All policies as they are tried; posted, a ticket is tried on them."""
    check_manager(request.actor)  # type: ignore[attr-defined]
    known = queries.names()
    trial = queries.trial(request.POST, _reader(), known, None, run=request.method == "POST")
    context = {
        **queries.listed(),
        "tab": "policies",
        "trial": trial,
        "address": reverse("rules:policies"),
        "trial_fields": queries.match_choices(known, {n: [v] for n, v in trial.facts.items() if v}),
    }
    return render(request, "rules/policies.html", context, status=400 if trial.problem else 200)


@require_POST
def order(request: HttpRequest, code: str) -> HttpResponse:
    """Move a policy one place up or down."""
    check_manager(request.actor)  # type: ignore[attr-defined]
    codes = [version.policy.code for version in policies_in_order()]
    codes = moved(codes, code, request.POST.get("move", ""))
    retrying(reorder_policies, actor=request.actor, codes=codes)  # type: ignore[attr-defined]
    tell(request, _("The order is changed. New tickets follow it; clocks that run keep what they have."))
    return go_to(request, "rules:policies")


@require_http_methods(["GET", "POST"])
def policy(request: HttpRequest, code: str) -> HttpResponse:
    """One policy in the editor."""
    check_manager(request.actor)  # type: ignore[attr-defined]
    found = policy_named(code)
    if request.method == "POST":
        return _posted(request, found)
    return _page(request, found, PolicySheet.of(draft_of_policy(found)), QueryDict(), {})


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A policy that is not there yet; `from` names one whose rows it begins with."""
    check_manager(request.actor)  # type: ignore[attr-defined]
    if request.method == "POST":
        return _posted(request, None)
    source = request.GET.get("from", "")
    sheet = PolicySheet.of(draft_of_policy(policy_named(source)) if source else PolicyDraft("", "", {}, ()))
    sheet.is_new, sheet.code = True, ""
    if source:
        sheet.name = _("%(name)s, copy") % {"name": sheet.name}
    return _page(request, None, sheet, QueryDict(), {})


def _posted(request: HttpRequest, found: PolicyVersion | None) -> HttpResponse:
    post = request.POST
    sheet = PolicySheet.of_post(post, code=found.policy.code if found else None)
    step, _colon, detail = post.get("op", "look").partition(":")
    if sheet.take(step, detail):
        return _page(request, found, sheet, post, {"focus": detail.partition(":")[0]})
    is_right = sheet.check()
    if step in ("look", "try"):
        return _page(request, found, sheet, post, {"step": step})
    if step != "save":
        raise NotFound()
    return _save(request, found, sheet) if is_right else _page(request, found, sheet, post, {}, 400)


def _save(request: HttpRequest, found: PolicyVersion | None, sheet: PolicySheet) -> HttpResponse:
    again = partial(_page, request, found, sheet, request.POST)
    return save_sheet(
        request, save_policy, sheet, is_there=found is not None, again=again, place="rules:policy"
    )


def _page(
    request: HttpRequest,
    found: PolicyVersion | None,
    sheet: PolicySheet,
    post: QueryDict,
    shown: Shown,
    status: int = 200,
) -> HttpResponse:
    known = queries.names()
    step = shown.get("step", "")
    can_try = step == "try" and not (sheet.problems or sheet.has_wrong_rows)
    trial = queries.trial(post, _reader(), known, sheet.draft() if can_try else None, run=can_try)
    if step == "try" and not can_try:
        trial.problem = _("Mend what is marked first.")
    context = {
        "tab": "policies",
        "version": found,
        "policy": found.policy if found else None,
        "is_last": bool(found and not found.match),
        "seen": post.get("version") or (found.policy.version if found else 0),
        "sheet": sheet,
        "address": reverse("rules:policy", args=[found.policy.code])
        if found
        else reverse("rules:new-policy"),
        "fields": queries.match_choices(known, sheet.match),
        "deeds": queries.deeds(known),
        "changes": _changes(found, sheet, known) if post else None,
        "running": queries.running(found.policy) if found else 0,
        "trial": trial,
        "trial_fields": queries.match_choices(known, {n: [v] for n, v in trial.facts.items() if v}),
        "versions": queries.versions_shown(found.policy, known) if found else [],
        "ticket_metrics": queries.DESK,
        "order_metrics": [Metric.DISPATCH, Metric.DELIVERY, Metric.REFUND],
        **shown,
    }
    return render(request, "rules/policy.html", context, status=status)


def _changes(found: PolicyVersion | None, sheet: PolicySheet, known: Any) -> list[Any]:
    """What saving would change, in words; nothing while something is wrong."""
    draft = sheet.draft()
    if sheet.problems or draft.problems():
        return []
    old = (found.match, rows_of(found)) if found else ({}, [])
    return list(differences(old, (draft.match, list(draft.targets)), known))


# Deeds ---------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def retire(request: HttpRequest, code: str) -> HttpResponse:
    """No longer try it; its versions stay, and so do clocks that count by it."""
    return _deed(request, code, "retire")


@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, code: str) -> HttpResponse:
    """Take it away; one that clocks have counted by is retired instead."""
    return _deed(request, code, "delete")


def _deed(request: HttpRequest, code: str, deed: str) -> HttpResponse:
    check_manager(request.actor)  # type: ignore[attr-defined]
    found = policy_named(code)
    refusal, status = "", 200
    if request.method == "POST":
        try:
            tell(request, _do(request, code, deed) % {"name": found.policy.name})
            return go_to(request, "rules:policies")
        except Conflict as error:
            refusal, status = str(error.message), error.status
    context = {
        "tab": "policies",
        "policy": found.policy,
        "deed": deed,
        "running": queries.running(found.policy),
        "refusal": refusal,
    }
    return render(request, "rules/policy_deed.html", context, status=status)


def _do(request: HttpRequest, code: str, deed: str) -> str:
    actor = request.actor  # type: ignore[attr-defined]
    if deed == "retire":
        retrying(set_policy_active, actor=actor, code=code, active=False)
        return _("“%(name)s” is retired: no new ticket follows it.")
    if retrying(delete_policy, actor=actor, code=code):
        return _("“%(name)s” is deleted.")
    return _("“%(name)s” was in use, so it is retired and its versions stay.")


@require_POST
def restore(request: HttpRequest, code: str) -> HttpResponse:
    """Try a retired policy again."""
    check_manager(request.actor)  # type: ignore[attr-defined]
    try:
        saved = retrying(set_policy_active, actor=request.actor, code=code, active=True)  # type: ignore[attr-defined]
    except DeskError as error:
        tell(request, str(error.message), level=40)
        return go_to(request, "rules:policies")
    tell(request, _("“%(name)s” is tried again, as the last before the last resort.") % {"name": saved.name})
    return go_to(request, "rules:policies")
