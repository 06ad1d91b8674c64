"""The only writer of persons, log-ins, teams and presence."""

from accounts.actions.live import LIVE_TICKET_LIFE, issue_live_ticket, redeem_live_ticket
from accounts.actions.people import (
    guest_for,
    guests_for,
    join_person,
    known_language,
    known_zone,
    remember_language,
    remember_zone,
    update_profile,
)
from accounts.actions.presence import BEAT_EVERY, heartbeat, set_presence
from accounts.actions.shoppers import choose_shopper
from accounts.actions.staff import save_staff, save_team, set_member_type

__all__ = [
    "BEAT_EVERY",
    "LIVE_TICKET_LIFE",
    "choose_shopper",
    "guest_for",
    "guests_for",
    "heartbeat",
    "issue_live_ticket",
    "join_person",
    "known_language",
    "known_zone",
    "redeem_live_ticket",
    "remember_language",
    "remember_zone",
    "save_staff",
    "save_team",
    "set_member_type",
    "set_presence",
    "update_profile",
]
