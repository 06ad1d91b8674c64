"""The doors of the rules pages."""

from helpdesk.rules.views.applying import apply, log
from helpdesk.rules.views.deeds import close, delete, reopen, versions
from helpdesk.rules.views.editor import calendar, new
from helpdesk.rules.views.lists import calendars, index

__all__ = [
    "apply",
    "calendar",
    "calendars",
    "close",
    "delete",
    "index",
    "log",
    "new",
    "reopen",
    "versions",
]
