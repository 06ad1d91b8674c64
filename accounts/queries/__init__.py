"""Reads about people, and about what they ask for. `access_*` are the only ways to one."""

from accounts.queries.people import (
    GONE_AFTER,
    access_person,
    actor_for,
    actor_of_person,
    chat_teams,
    is_lead,
    leads_of,
    people_named,
    person_by_email,
    shopper_of,
    staff_on,
    team_by_code,
    teams_led_by,
)

__all__ = [
    "GONE_AFTER",
    "access_person",
    "actor_for",
    "actor_of_person",
    "chat_teams",
    "is_lead",
    "leads_of",
    "people_named",
    "person_by_email",
    "shopper_of",
    "staff_on",
    "team_by_code",
    "teams_led_by",
]
