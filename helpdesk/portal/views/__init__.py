"""The portal's doors."""

from helpdesk.portal.views.account import account, after_sign_in, choose_language
from helpdesk.portal.views.contact import contact, thanks
from helpdesk.portal.views.help import article, category, help_index, home, search
from helpdesk.portal.views.new import chat, new_ticket
from helpdesk.portal.views.orders import (
    cancel_order,
    order,
    order_promises,
    order_state,
    order_timeline,
    orders,
)
from helpdesk.portal.views.system import (
    bad_request,
    healthz,
    not_found,
    readyz,
    server_error,
    stale_form,
    theme,
)
from helpdesk.portal.views.tickets import follow_by_mail, ticket, ticket_foot, ticket_strip, tickets

__all__ = [
    "account",
    "after_sign_in",
    "article",
    "bad_request",
    "cancel_order",
    "category",
    "chat",
    "choose_language",
    "contact",
    "follow_by_mail",
    "healthz",
    "help_index",
    "home",
    "new_ticket",
    "not_found",
    "order",
    "order_promises",
    "order_state",
    "order_timeline",
    "orders",
    "readyz",
    "search",
    "server_error",
    "stale_form",
    "thanks",
    "theme",
    "ticket",
    "ticket_foot",
    "ticket_strip",
    "tickets",
]
