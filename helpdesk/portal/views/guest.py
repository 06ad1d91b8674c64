"""Who comes by the signed link of a mail: one ticket to read, answer and mark, and nothing else."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.clock import now
from core.db import retrying
from core.errors import DeskError, Forbidden, Invalid, TooFast
from core.middleware import flash
from helpdesk.portal import queries
from helpdesk.portal.limits import slow_down
from helpdesk.portal.shell import actor_of, page
from livechat.queries import open_session_of
from orders.change_views import told
from tickets import actions, letters, links, marks
from tickets.actions.attachments import MOST_BYTES, MOST_FILES
from tickets.actions.changes import answer_on_ticket, questions_on
from tickets.actions.rating import can_change
from tickets.actions.rules import may_write
from tickets.change_words import ask
from tickets.models import LIVE_STATUSES, Attachment, Satisfaction, Ticket
from tickets.queries.threads import file_shape
from tickets.views.files import send_file

Door = Callable[..., HttpResponseBase]
POSTS = 30  # by one address in ten minutes
BAD = 30  # links that are none
RENEWALS = 5


def by_link(salt: str) -> Callable[[Door], Door]:
    """A door behind a signed link: the view gets what it opens. Staff have the console, a log-in its own page."""

    def guard(view: Door) -> Door:
        @wraps(view)
        def door(request: HttpRequest, token: str, **more: Any) -> HttpResponseBase:
            if actor_of(request).is_staff:
                raise Forbidden(_("This link is for the one who asked. Staff answer in the console."))
            try:
                opened = links.open_link(token, salt)
            except DeskError as error:
                slow_down(request, "bad-link", BAD)
                return _no_good(request, token, salt, error)
            if salt == links.TICKET and not links.needs_link(opened.ticket.requester):
                return redirect("portal:ticket", opened.ticket.public_id)
            with _as_reader(request, opened):
                return _private(view(request, opened, token, **more))

        return door

    return guard


def _as_reader(request: HttpRequest, opened: links.Opened) -> Any:
    """The requester's language, unless this browser has chosen one, and their zone."""
    chosen = translation.get_language() if settings.LANGUAGE_COOKIE_NAME in request.COOKIES else None
    return _Reader(chosen or opened.actor.language or "en", opened.actor.timezone)


class _Reader:
    def __init__(self, language: str, zone: str) -> None:
        self.parts = (translation.override(language), timezone.override(zone))

    def __enter__(self) -> None:
        for part in self.parts:
            part.__enter__()

    def __exit__(self, *why: Any) -> None:
        for part in self.parts:
            part.__exit__(*why)


def _private(response: HttpResponseBase) -> HttpResponseBase:
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


def _no_good(request: HttpRequest, token: str, salt: str, error: DeskError) -> HttpResponse:
    """Says so, and offers a new one by mail."""
    expired = isinstance(error, links.LinkExpired)
    context = {"error": error, "token": token if expired else "", "salt": salt}
    return page(request, "guest_link", context, section="contact", status=error.status)


# The ticket ------------------------------------------------------------------------------------------------------


@require_GET
@by_link(links.TICKET)
def guest(request: HttpRequest, opened: links.Opened, token: str) -> HttpResponse:
    """The thread as its requester reads it."""
    return _ticket_page(request, opened, token)


def _ticket_page(
    request: HttpRequest, opened: links.Opened, token: str, *, error: DeskError | None = None
) -> HttpResponse:
    found = opened.ticket
    me = found.requester.public_id
    rows = queries.thread_rows(opened.actor, found, me, found.streams.get(kind="public").agent_read)
    for row in rows:
        for file in row["data"]["files"]:
            file["url"] = reverse("portal:guest_file", args=[token, file["id"]])
    goes_on = found.merged_into
    context = {
        "ticket": found,
        "token": token,
        "rows": rows,
        "strip": queries.strip_of(found, open_session_of(found)),
        "is_done": found.status not in LIVE_STATUSES,
        "can_write": may_write(opened.actor, found, now()),
        "goes_on": links.link_for(goes_on) if goes_on and goes_on.requester_id == opened.actor.id else "",
        "rating": Satisfaction.objects.filter(ticket=found).first(),
        "mark_link": reverse("portal:mark", args=[links.token_for(found, links.MARK)]),
        "questions": [(row, ask(row)) for row in questions_on(found)],
        "client_id": request.POST.get("client_id") or uuid.uuid4(),
        "body": request.POST.get("body", "") if error else "",
        "kept": _kept_files(request, opened) if error else [],
        "error": error,
        "most_bytes": MOST_BYTES,
        "most_files": MOST_FILES,
    }
    return _wait(
        page(request, "guest", context, section="contact", status=error.status if error else 200), error
    )


@require_POST
@by_link(links.TICKET)
def guest_reply(request: HttpRequest, opened: links.Opened, token: str) -> HttpResponse:
    """What is refused comes back with every word and every file, also what came too fast."""
    try:
        slow_down(request, "link", POSTS)
        retrying(
            actions.post_message,
            actor=opened.actor,
            ticket=opened.ticket.public_id,
            kind="reply",
            body=request.POST.get("body", ""),
            client_id=request.POST.get("client_id"),
            attachment_ids=_files_of(request, opened),
        )
    except DeskError as error:
        return _ticket_page(request, opened, token, error=error)
    flash(request, _("Sent. The answer comes by mail, and stands here."))
    return redirect(reverse("portal:guest", args=[token]) + "?sent=1#pen")


def _files_of(request: HttpRequest, opened: links.Opened) -> list[str]:
    """Files that a script stored before, and those of a form without one; what is stored survives a refusal."""
    kept = request.stored_ids = request.POST.getlist("attachment_ids")  # type: ignore[attr-defined]
    for file in request.FILES.getlist("files"):
        kept.append(actions.store_attachment(actor=opened.actor, upload=file).public_id)
    return kept


def _kept_files(request: HttpRequest, opened: links.Opened) -> list[Attachment]:
    """Files of a refused form that are safe on our side and not sent yet."""
    ids = getattr(request, "stored_ids", None) or request.POST.getlist("attachment_ids")
    mine = Attachment.objects.filter(public_id__in=ids, uploader_id=opened.actor.id, message=None)
    return list(mine.order_by("pk"))


def _wait(response: HttpResponse, error: DeskError | None) -> HttpResponse:
    """How long one waits, where it was too fast."""
    if isinstance(error, TooFast):
        response["Retry-After"] = str(max(1, error.extra["retry_after_ms"] // 1000))
    return response


@require_POST
@by_link(links.TICKET)
def guest_status(request: HttpRequest, opened: links.Opened, token: str) -> HttpResponse:
    """Solved, or open again."""
    status, which = request.POST.get("status", ""), opened.ticket.public_id
    try:
        slow_down(request, "link", POSTS)
        retrying(actions.set_status, actor=opened.actor, ticket=which, status=status)
    except DeskError as error:
        return _ticket_page(request, opened, token, error=error)
    return redirect(reverse("portal:guest", args=[token]))


@require_POST
@by_link(links.TICKET)
def guest_change(request: HttpRequest, opened: links.Opened, token: str, public_id: str) -> HttpResponse:
    """Yes or no to a change that the shop proposed on this ticket."""
    yes, which = request.POST.get("yes") == "1", opened.ticket.public_id
    try:
        slow_down(request, "link", POSTS)
        row = retrying(answer_on_ticket, actor=opened.actor, ticket=which, proposal=public_id, yes=yes)
    except DeskError as error:
        return _ticket_page(request, opened, token, error=error)
    flash(request, told(row))
    return redirect(reverse("portal:guest", args=[token]))


@require_POST
@by_link(links.TICKET)
def guest_upload(request: HttpRequest, opened: links.Opened, token: str) -> HttpResponse:
    """Keep one file (field `file`) until it is sent; JSON, as upload.js reads it."""
    try:
        slow_down(request, "link", POSTS)
        sent = request.FILES.get("file")
        if sent is None:
            raise Invalid.field("attachments", _("Choose a file."), code="no_file")
        row = actions.store_attachment(actor=opened.actor, upload=sent)
    except DeskError as error:
        return _wait(JsonResponse(error.as_dict(), status=error.status), error)
    return JsonResponse(file_shape(row), status=201)


@require_GET
@by_link(links.TICKET)
def guest_file(request: HttpRequest, opened: links.Opened, token: str, public_id: str) -> HttpResponseBase:
    """A file of the thread, through the same check as everywhere."""
    return send_file(request, opened.actor, public_id)


# The mark --------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@by_link(links.MARK)
def mark(request: HttpRequest, opened: links.Opened, token: str) -> HttpResponse:
    """Looking rates nothing, however often a mail's links are fetched; the button does."""
    error = None
    if request.method == "POST":
        try:
            slow_down(request, "link", POSTS)
            score, words = _number(request.POST.get("score", "")), request.POST.get("words", "")
            which = opened.ticket.public_id
            retrying(actions.rate_ticket, actor=opened.actor, ticket=which, score=score, words=words)
        except DeskError as refused:
            error = refused
        else:
            return redirect(reverse("portal:mark", args=[token]))
    return _mark_page(request, opened.ticket, token, error)


def _mark_page(request: HttpRequest, found: Ticket, token: str, error: DeskError | None) -> HttpResponse:
    rating = Satisfaction.objects.filter(ticket=found).first()
    asked = _number(request.POST.get("score") or request.GET.get("score", ""))
    context = {
        "ticket": found,
        "token": token,
        "rating": rating,
        "can_change": rating is None or can_change(rating),
        "is_done": found.status not in LIVE_STATUSES,
        "chosen": asked if 1 <= asked <= 5 else (rating.score if rating else 0),
        "words": request.POST.get("words", rating.words if rating else ""),
        "scores": list(letters.score_names().items()),
        "way": letters.way_to(found),
        "error": error,
    }
    return _wait(
        page(request, "mark", context, section="contact", status=error.status if error else 200), error
    )


def _number(raw: str) -> int:
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 3 else 0


# A new link ------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def new_link(request: HttpRequest) -> HttpResponse:
    """By an expired link, or by number and address; the answer is the same whether there is such a ticket."""
    if request.method == "GET":
        return page(request, "guest_link", {}, section="contact")
    slow_down(request, "new-link", RENEWALS)
    found = _by_token(request) if request.POST.get("token") else _by_number(request)
    if found is not None:
        marks.send_new_link(found)
    return page(request, "guest_link", {"sent": True}, section="contact")


def _by_token(request: HttpRequest) -> Ticket | None:
    salt = links.MARK if request.POST.get("salt") == links.MARK else links.TICKET
    try:
        return links.ticket_behind(request.POST["token"], salt)
    except DeskError:
        return None


def _by_number(request: HttpRequest) -> Ticket | None:
    number = request.POST.get("number", "").strip().lstrip("#")
    email = request.POST.get("email", "").strip().lower()
    if not (number.isascii() and number.isdigit() and len(number) < 16 and email):
        return None
    rows = Ticket.objects.select_related("requester").filter(is_spam=False)
    return rows.filter(pk=int(number), requester__email__iexact=email).first()
