"""The only writer of chats. Each step is a compare-and-set on the state that it expects, one row in the ticket's
log, and the next deadline, in one transaction; the ticket is locked first, the session after it."""

from livechat.actions.accepting import accept_chat, join_by_reply
from livechat.actions.ending import end_chat, end_chat_of
from livechat.actions.opening import open_chat, subject_of
from livechat.actions.presence import buyer_is_here
from livechat.actions.timers import postpone, sweep, take_step
from livechat.limits import NEW_CHATS, NEW_CHATS_IN

__all__ = [
    "NEW_CHATS",
    "NEW_CHATS_IN",
    "accept_chat",
    "buyer_is_here",
    "end_chat",
    "end_chat_of",
    "join_by_reply",
    "open_chat",
    "postpone",
    "subject_of",
    "sweep",
    "take_step",
]
