"""Every read of calendars, policies and clocks."""

from sla.queries.calendars import (
    LAST_CALLS,
    Hours,
    OpenDay,
    closing_of,
    country_holidays,
    current_version,
    hours,
    versions_since,
    week,
)
from sla.queries.clocks import (
    Hand,
    access_clock,
    clocks_beside,
    clocks_of,
    open_clocks,
    open_hands,
    visible_clocks,
)
from sla.queries.drafts import DrawnDay, HoursTried, drawn_week, try_hours
from sla.queries.effects import Effects, Moved, effects_of
from sla.queries.policies import Facts, Quote, match_policy, matches, quote, target_of
from sla.queries.policy_order import draft_of_policy, policies_in_order, policy_named, policy_versions
from sla.queries.trying import Tried, try_ticket
from sla.queries.versions import DiffLine, VersionTold, calendar_versions
from sla.specs import work_calendar
from sla.zones import read_zone

__all__ = [
    "LAST_CALLS",
    "DiffLine",
    "DrawnDay",
    "Effects",
    "Facts",
    "Hand",
    "Hours",
    "HoursTried",
    "Moved",
    "OpenDay",
    "Quote",
    "Tried",
    "VersionTold",
    "access_clock",
    "calendar_versions",
    "clocks_beside",
    "clocks_of",
    "closing_of",
    "country_holidays",
    "current_version",
    "draft_of_policy",
    "drawn_week",
    "effects_of",
    "hours",
    "match_policy",
    "matches",
    "open_clocks",
    "open_hands",
    "policies_in_order",
    "policy_named",
    "policy_versions",
    "quote",
    "read_zone",
    "target_of",
    "try_hours",
    "try_ticket",
    "versions_since",
    "visible_clocks",
    "week",
    "work_calendar",
]
