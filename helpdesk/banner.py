"""What a person reads in the terminal once the server is up: where, who, and what is open now."""

from __future__ import annotations

from django.conf import settings
from django.utils.dateformat import format as format_date

from accounts.models import Team
from accounts.queries import chat_teams
from core.clock import now
from helpdesk.demo.logins import PASSWORD
from livechat.queries import DeskState, desk_state
from sla.queries import read_zone

PLACES = (
    ("Help centre", "/"),
    ("Console", "/console/"),
    ("Dashboard", "/dashboard/"),
    ("API", "/api/v1/docs/"),
)
LOGINS = (
    ("buyer@demo.example", "a buyer with orders; also by mobile +14155550101"),
    ("agent@demo.example", "an agent: orders, order help, logistics"),
    ("agent2@demo.example", "another agent: orders, order help, after-sales"),
    ("hana@demo.example", "verification, complaints: who may open identity documents"),
    ("specialist@demo.example", "a specialist, for what is escalated"),
    ("manager@demo.example", "a manager, with the dashboard"),
    ("admin@demo.example", "everything"),
)


def lines() -> list[str]:
    """Addresses, in demo mode the log-ins, and each desk with when it opens or closes, in the desk's time."""
    told = ["", settings.SHOP_NAME]
    told += [f"  {name:<12} {settings.PUBLIC_URL}{path}" for name, path in PLACES]
    if settings.DEMO:
        told += [
            f"  {'Demo mail':<12} {settings.PUBLIC_URL}/demo/mail/",
            f"  {'Shop page':<12} {settings.PUBLIC_URL}/demo/shop/ (with the widget, on another origin)",
            "",
            f"Log-ins (password {PASSWORD})",
        ]
        told += [f"  {email:<25} {what}" for email, what in LOGINS]
    desks = [*chat_teams(), *Team.objects.filter(code="orders").select_related("calendar")]
    if desks:
        told += ["", "Open now", *(f"  {_desk(team)}" for team in desks)]
    return [*told, ""]


def _desk(team: Team) -> str:
    state = desk_state(team, now())
    name = f"{team.name} ({'chat' if team.takes_chat else 'tickets'})"
    return f"{name:<25} {_hours(state)}"


def _hours(state: DeskState) -> str:
    zone = read_zone(state.zone)
    place = state.zone.rpartition("/")[2].replace("_", " ")
    if state.open and state.closes_at is None:
        return "open, always"
    at = state.closes_at if state.open else state.opens_at
    if at is None:
        return "closed"
    when = format_date(at.astimezone(zone), "D j M, g:i A")
    return f"open until {when} in {place}" if state.open else f"closed, opens {when} in {place}"
