"""The pages of escalation rules: the list with its order, the editor, a ticket tried, retiring and deleting.

Every button posts the whole form; asked by htmx, the page takes the part that it is about.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.db import retrying
from core.errors import NotFound
from helpdesk.dashboard.queries import check_manager
from helpdesk.rules import escalation_queries as queries
from helpdesk.rules.escalation_forms import DeedRow, RuleSheet
from helpdesk.rules.ordered import moved, save_sheet
from helpdesk.rules.told import go_to, tell
from tickets.actions import rule_keeping as keeping
from tickets.models import EscalationRule
from tickets.queries.rules import draft_of_rule, rule_named, rules_in_order, said_by
from tickets.rule_words import rule_differences

Shown = dict[str, Any]


@require_http_methods(["GET", "POST"])
def escalations(request: HttpRequest) -> HttpResponse:
    """All rules as they act; posted, a ticket is tried on them."""
    check_manager(request.actor)  # type: ignore[attr-defined]
    known = queries.names()
    first = queries.OCCASIONS[0]
    trial = queries.trial(request.POST, known, first, None, run=request.method == "POST")
    context = {
        **queries.listed(known),
        "tab": "escalation",
        "address": reverse("rules:escalations"),
        **_trial_shown(trial, known),
    }
    return render(request, "rules/escalations.html", context)


def _trial_shown(trial: queries.Trial, known: Any) -> Shown:
    chosen = {fact: [value] for fact, value in trial.facts.items() if value}
    return {
        "trial": trial,
        "occasions": queries.occasions(),
        "trial_fields": queries.match_choices(known, list(trial.facts), chosen),
    }


@require_POST
def order(request: HttpRequest, code: str) -> HttpResponse:
    """Move a rule one place up or down."""
    check_manager(request.actor)  # type: ignore[attr-defined]
    codes = [rule.code for rule in rules_in_order()]
    codes = moved(codes, code, request.POST.get("move", ""))
    retrying(keeping.reorder_rules, actor=request.actor, codes=codes)  # type: ignore[attr-defined]
    tell(request, _("The order is changed."))
    return go_to(request, "rules:escalations")


@require_http_methods(["GET", "POST"])
def escalation(request: HttpRequest, code: str) -> HttpResponse:
    """One rule in the editor."""
    check_manager(request.actor)  # type: ignore[attr-defined]
    found = rule_named(code)
    if request.method == "POST":
        return _posted(request, found)
    return _page(request, found, RuleSheet.of(draft_of_rule(found)), QueryDict(), {})


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A rule that is not there yet; `from` names one that it begins with."""
    check_manager(request.actor)  # type: ignore[attr-defined]
    if request.method == "POST":
        return _posted(request, None)
    source = request.GET.get("from", "")
    sheet = (
        RuleSheet.of(draft_of_rule(rule_named(source)))
        if source
        else RuleSheet(deeds=[DeedRow(0, "tell|lead")])
    )
    sheet.is_new, sheet.code = True, ""
    if source:
        sheet.name = _("%(name)s, copy") % {"name": sheet.name}
    return _page(request, None, sheet, QueryDict(), {})


def _posted(request: HttpRequest, found: EscalationRule | None) -> HttpResponse:
    sheet = RuleSheet.of_post(request.POST, code=found.code if found else None)
    step, _colon, detail = request.POST.get("op", "look").partition(":")
    if sheet.take(step, detail):
        return _page(request, found, sheet, request.POST, {})
    is_right = sheet.check(keeping.known_codes(found))
    if step in ("look", "try"):
        return _page(request, found, sheet, request.POST, {"step": step})
    if step != "save":
        raise NotFound()
    return _save(request, found, sheet) if is_right else _page(request, found, sheet, request.POST, {}, 400)


def _save(request: HttpRequest, found: EscalationRule | None, sheet: RuleSheet) -> HttpResponse:
    again = partial(_page, request, found, sheet, request.POST)
    return save_sheet(
        request, keeping.save_rule, sheet, is_there=found is not None, again=again, place="rules:escalation"
    )


def _page(
    request: HttpRequest,
    found: EscalationRule | None,
    sheet: RuleSheet,
    post: QueryDict,
    shown: Shown,
    status: int = 200,
) -> HttpResponse:
    known = queries.names()
    can_try = shown.get("step") == "try" and not sheet.is_wrong
    trial = queries.trial(post, known, sheet.on, sheet.draft() if can_try else None, run=can_try)
    if shown.get("step") == "try" and not can_try:
        trial.problem = _("Mend what is marked first.")
    context = {
        "tab": "escalation",
        "rule": found,
        "seen": post.get("version") or (found.version if found else 0),
        "sheet": sheet,
        "address": reverse("rules:escalation", args=[found.code])
        if found
        else reverse("rules:new-escalation"),
        "fields": queries.match_choices(known, sheet.facts, sheet.match),
        "deeds": queries.deeds(known),
        "changes": _changes(found, sheet, known) if post else None,
        "versions": queries.versions_shown(found, known) if found else [],
        **_trial_shown(trial, known),
        **shown,
    }
    return render(request, "rules/escalation.html", context, status=status)


def _changes(found: EscalationRule | None, sheet: RuleSheet, known: Any) -> list[Any]:
    """What saving would change, in words; nothing while something is wrong."""
    draft = sheet.draft()
    if sheet.is_wrong or draft.problems():
        return []
    return list(rule_differences(said_by(found) if found else None, said_by(draft), known))


# Deeds ---------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def retire(request: HttpRequest, code: str) -> HttpResponse:
    """It acts no longer; its versions stay."""
    return _deed(request, code, "retire")


@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, code: str) -> HttpResponse:
    """Take it away; one that has acted is retired instead."""
    return _deed(request, code, "delete")


def _deed(request: HttpRequest, code: str, deed: str) -> HttpResponse:
    check_manager(request.actor)  # type: ignore[attr-defined]
    found = rule_named(code)
    if request.method == "POST":
        tell(request, _do(request, code, deed) % {"name": found.name})
        return go_to(request, "rules:escalations")
    context = {"tab": "escalation", "rule": found, "deed": deed}
    return render(request, "rules/escalation_deed.html", context)


def _do(request: HttpRequest, code: str, deed: str) -> str:
    actor = request.actor  # type: ignore[attr-defined]
    if deed == "retire":
        retrying(keeping.set_rule_active, actor=actor, code=code, active=False)
        return _("“%(name)s” is retired: it acts no longer.")
    if retrying(keeping.delete_rule, actor=actor, code=code):
        return _("“%(name)s” is deleted.")
    return _("“%(name)s” has acted on tickets, so it is retired and its versions stay.")


@require_POST
def restore(request: HttpRequest, code: str) -> HttpResponse:
    """Let a retired rule act again."""
    check_manager(request.actor)  # type: ignore[attr-defined]
    saved = retrying(keeping.set_rule_active, actor=request.actor, code=code, active=True)  # type: ignore[attr-defined]
    tell(request, _("“%(name)s” acts again, as the last.") % {"name": saved.name})
    return go_to(request, "rules:escalations")
