"""The only writers of calendars, policies and clocks."""

from sla.actions.calendars import save_calendar
from sla.actions.clocks import (
    cancel_clocks,
    meet_clock,
    pause_clocks,
    resume_clocks,
    retarget_clocks,
    start_clock,
)
from sla.actions.firing import fire_clock, move_clock, postpone_clock
from sla.actions.policies import save_policy

__all__ = [
    "cancel_clocks",
    "fire_clock",
    "meet_clock",
    "move_clock",
    "pause_clocks",
    "postpone_clock",
    "resume_clocks",
    "retarget_clocks",
    "save_calendar",
    "save_policy",
    "start_clock",
]
