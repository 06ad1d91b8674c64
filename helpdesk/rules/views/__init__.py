"""The doors of the rules pages."""

from helpdesk.rules.views.lists import calendars, index

__all__ = ["calendars", "index"]
