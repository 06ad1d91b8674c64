"""The pages with which managers rule: calendars and policies."""
