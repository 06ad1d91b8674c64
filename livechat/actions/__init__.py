"""The only writer of chats. Each step is a compare-and-set on the state that it expects, one row in the ticket's
log, and the next deadline, in one transaction; the ticket is locked first, the session after it."""

from livechat.actions.accepting import accept_chat, join_by_reply
from livechat.actions.afterwards import chat_again, mail_transcript
from livechat.actions.ending import end_chat, end_chat_of
from livechat.actions.leaving import give_up_chats
from livechat.actions.offers import decline_chat
from livechat.actions.opening import open_chat, subject_of
from livechat.actions.presence import buyer_is_here
from livechat.actions.routing import offer_chat, route
from livechat.actions.timers import postpone, sweep, take_step
from livechat.actions.transferring import cancel_transfer, take_over, transfer_chat
from livechat.actions.voices import join_chat, leave_chat
from livechat.actions.wrapping import finish_wrap_up
from livechat.limits import NEW_CHATS, NEW_CHATS_IN

__all__ = [
    "NEW_CHATS",
    "NEW_CHATS_IN",
    "accept_chat",
    "buyer_is_here",
    "cancel_transfer",
    "chat_again",
    "decline_chat",
    "end_chat",
    "end_chat_of",
    "finish_wrap_up",
    "give_up_chats",
    "join_by_reply",
    "join_chat",
    "leave_chat",
    "mail_transcript",
    "offer_chat",
    "open_chat",
    "postpone",
    "route",
    "subject_of",
    "sweep",
    "take_over",
    "take_step",
    "transfer_chat",
]
