"""Who works here, for managers: teams, whether they are there, what they hold; their access ended or given back."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.actions import set_staff_active
from accounts.models import Membership, Person, Presence
from accounts.queries import access_person, staff_on
from core.db import retrying
from core.errors import Conflict, NotFound
from helpdesk.dashboard.queries import check_manager
from helpdesk.rules.told import go_to, tell
from tickets.actions.routing import preview_hand_back
from tickets.models import LIVE_STATUSES

MOST = 500


@require_GET
def staff_list(request: HttpRequest) -> HttpResponse:
    """Everybody who works here; those whose access has ended come last."""
    check_manager(request.actor)  # type: ignore[attr-defined]
    return render(request, "rules/staff.html", {"tab": "staff", **_listed()})


def _listed() -> dict[str, Any]:
    """Five queries however many there are."""
    teams = Prefetch("memberships", Membership.objects.select_related("team").order_by("team__position"))
    live = Count("assigned_tickets", filter=Q(assigned_tickets__status__in=LIVE_STATUSES))
    people = Person.objects.filter(kind=Person.Kind.STAFF, erased_at=None).select_related("user")
    rows = people.annotate(holds=live).prefetch_related(teams).order_by("name", "pk")[:MOST]
    here = set(staff_on().values_list("person_id", flat=True))
    away = set(Presence.objects.filter(switch=Presence.Switch.AWAY).values_list("person_id", flat=True))
    shown = [
        {
            "person": row,
            "teams": [(one.team.name, one.get_role_display()) for one in row.memberships.all()],
            "state": "on" if row.pk in here else "away" if row.pk in away else "off",
            "is_active": getattr(getattr(row, "user", None), "is_active", True),
        }
        for row in rows
    ]
    return {
        "rows": [one for one in shown if one["is_active"]],
        "ended": [one for one in shown if not one["is_active"]],
    }


@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, public_id: str) -> HttpResponse:
    """End somebody's access, after a look at where their tickets go."""
    actor = request.actor  # type: ignore[attr-defined]
    check_manager(actor)
    who = access_person(actor, public_id)
    if who.kind != Person.Kind.STAFF:
        raise NotFound()
    refusal, status = "", 200
    if request.method == "POST":
        try:
            retrying(set_staff_active, actor=actor, person=public_id, active=False)
            tell(request, _("%(name)s can no longer sign in.") % {"name": who.display_name})
            return go_to(request, "rules:staff")
        except Conflict as error:
            refusal, status = str(error.message), error.status
    back = preview_hand_back(actor=actor, person=public_id)
    context = {"tab": "staff", "who": who, "back": back, "refusal": refusal}
    return render(request, "rules/staff_end.html", context, status=status)


@require_http_methods(["POST"])
def restore(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give somebody's access back."""
    actor = request.actor  # type: ignore[attr-defined]
    check_manager(actor)
    who = retrying(set_staff_active, actor=actor, person=public_id, active=True)
    tell(request, _("%(name)s can sign in again.") % {"name": who.display_name})
    return go_to(request, "rules:staff")
