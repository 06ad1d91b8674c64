"""The pages with which managers rule: calendars, policies and escalation rules."""
