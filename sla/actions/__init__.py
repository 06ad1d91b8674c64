"""The only writers of calendars, policies and clocks."""

from sla.actions.applying import apply_calendar_from, carry_on
from sla.actions.calendars import save_calendar
from sla.actions.clocks import (
    cancel_clocks,
    meet_clock,
    pause_clocks,
    resume_clocks,
    retarget_clocks,
    start_clock,
    start_clocks,
)
from sla.actions.closing import close_desk, reopen_desk
from sla.actions.firing import fire_clock, postpone_clock
from sla.actions.policies import delete_policy, reorder_policies, save_policy, set_policy_active
from sla.actions.recompute import Recomputed, move_clocks, recompute_clocks
from sla.actions.removing import delete_calendar

__all__ = [
    "Recomputed",
    "apply_calendar_from",
    "cancel_clocks",
    "carry_on",
    "close_desk",
    "delete_calendar",
    "delete_policy",
    "fire_clock",
    "meet_clock",
    "move_clocks",
    "pause_clocks",
    "postpone_clock",
    "recompute_clocks",
    "reopen_desk",
    "reorder_policies",
    "resume_clocks",
    "retarget_clocks",
    "save_calendar",
    "save_policy",
    "set_policy_active",
    "start_clock",
    "start_clocks",
]
