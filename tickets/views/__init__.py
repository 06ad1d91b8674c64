"""Form posts and fragments under `/t/`. Full pages are the faces'."""

from tickets.views.files import file, upload
from tickets.views.forms import reply_form
from tickets.views.posts import (
    answer,
    assign,
    category,
    escalate,
    note,
    priority,
    rate,
    return_question,
    status,
    take,
)
from tickets.views.promise import promise

__all__ = [
    "answer",
    "assign",
    "category",
    "escalate",
    "file",
    "note",
    "priority",
    "promise",
    "rate",
    "reply_form",
    "return_question",
    "status",
    "take",
    "upload",
]
