"""The doors of the rules pages."""

from helpdesk.rules.views.deeds import close, delete, reopen, versions
from helpdesk.rules.views.editor import calendar, new
from helpdesk.rules.views.lists import calendars, index

__all__ = ["calendar", "calendars", "close", "delete", "index", "new", "reopen", "versions"]
