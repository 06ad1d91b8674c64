"""The only writer of sites, visitors and what their pages said."""

from livechat.widget.actions.sites import make_secret, retire_secret, save_site
from livechat.widget.actions.talks import leave_ticket, note_context, start_chat
from livechat.widget.actions.visitors import begin, forget_old, forget_person, identify, reset, seen

__all__ = [
    "begin",
    "forget_old",
    "forget_person",
    "identify",
    "leave_ticket",
    "make_secret",
    "note_context",
    "reset",
    "retire_secret",
    "save_site",
    "seen",
    "start_chat",
]
