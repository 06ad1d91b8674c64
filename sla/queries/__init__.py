"""Every read of calendars, policies and clocks."""

from sla.queries.calendars import (
    LAST_CALLS,
    Hours,
    OpenDay,
    country_holidays,
    current_version,
    hours,
    versions_since,
    week,
)
from sla.queries.clocks import access_clock, clocks_of, open_clocks, visible_clocks
from sla.queries.policies import Facts, Quote, match_policy, matches, quote, target_of
from sla.specs import work_calendar
from sla.zones import read_zone

__all__ = [
    "LAST_CALLS",
    "Facts",
    "Hours",
    "OpenDay",
    "Quote",
    "access_clock",
    "clocks_of",
    "country_holidays",
    "current_version",
    "hours",
    "match_policy",
    "matches",
    "open_clocks",
    "quote",
    "read_zone",
    "target_of",
    "versions_since",
    "visible_clocks",
    "week",
    "work_calendar",
]
