"""The only writer of persons, log-ins, teams, presence, verification and privacy requests."""

from accounts.actions.erasing import erase_person
from accounts.actions.live import LIVE_TICKET_LIFE, issue_live_ticket, redeem_live_ticket
from accounts.actions.people import (
    guest_for,
    guest_without_address,
    guests_for,
    join_person,
    known_language,
    known_zone,
    name_guest,
    remember_language,
    remember_zone,
    update_profile,
)
from accounts.actions.presence import (
    BEAT_EVERY,
    count_chat,
    count_given,
    count_miss,
    heartbeat,
    set_chat_places,
    set_presence,
)
from accounts.actions.privacy import (
    confirm_deletion,
    decide_request,
    finish_deletion,
    forget_exports,
    keep_export,
    request_privacy,
    withdraw_request,
)
from accounts.actions.shoppers import choose_shopper
from accounts.actions.staff import save_staff, save_team, set_member_type, set_skills, set_staff_active
from accounts.actions.verification import (
    decide_verification,
    forget_documents,
    look_at_document,
    remove_document,
    store_document,
    submit_verification,
    withdraw_verification,
)

__all__ = [
    "BEAT_EVERY",
    "LIVE_TICKET_LIFE",
    "choose_shopper",
    "confirm_deletion",
    "count_chat",
    "count_given",
    "count_miss",
    "decide_request",
    "decide_verification",
    "erase_person",
    "finish_deletion",
    "forget_documents",
    "forget_exports",
    "guest_for",
    "guest_without_address",
    "guests_for",
    "heartbeat",
    "issue_live_ticket",
    "join_person",
    "keep_export",
    "known_language",
    "known_zone",
    "look_at_document",
    "name_guest",
    "redeem_live_ticket",
    "remember_language",
    "remember_zone",
    "remove_document",
    "request_privacy",
    "save_staff",
    "save_team",
    "set_chat_places",
    "set_member_type",
    "set_presence",
    "set_skills",
    "set_staff_active",
    "store_document",
    "submit_verification",
    "update_profile",
    "withdraw_request",
    "withdraw_verification",
]
