"""What goes in and out of the doors of `api_acts`, `api_links` and `api_work`."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from tickets.actions.amending import REASONS
from tickets.api_shapes import Sure, Words
from tickets.models import BulkJob, Draft, Flag, HeldReply, Macro, Mention, SavedView
from tickets.queries.viewing import ORDERS

Shape = serializers.Serializer[Any]
STREAMS = ["public", "staff"]


def names(**options: Any) -> serializers.ListField:
    """A list of words."""
    return serializers.ListField(child=serializers.CharField(), required=False, **options)


class ChangeNamesIn(Shape):
    add = names()
    remove = names()


class TagsShape(Shape):
    tags = names()


class CopiesShape(Shape):
    copies = names()


class WatchIn(Shape):
    on = serializers.BooleanField()
    person = serializers.CharField(required=False, help_text="A colleague's public id; without: oneself.")


class OnIn(Shape):
    on = serializers.BooleanField()


class HandOverIn(Shape):
    assignee = serializers.CharField(allow_null=True, help_text="A person's public id; null: nobody.")
    team = serializers.CharField(required=False)
    words = Words(help_text="A note to whoever gets it.")
    client_id = serializers.UUIDField(required=False)


class RowIn(Shape):
    stream = serializers.ChoiceField(choices=STREAMS, default="public")
    seq = serializers.IntegerField(min_value=1)


class AmendIn(RowIn):
    body = Words()


class RedactIn(Shape):
    """Part of a message (`text`, or all of it with `whole`), or a `file`."""

    stream = serializers.ChoiceField(choices=STREAMS, default="public")
    seq = serializers.IntegerField(min_value=1, required=False)
    text = Words(required=False)
    whole = serializers.BooleanField(default=False)
    file = serializers.CharField(required=False)
    reason = serializers.ChoiceField(choices=[(one, one) for one in REASONS])


class RedactedShape(Shape):
    ticket = serializers.IntegerField()
    redacted = serializers.BooleanField()


class TicketNamedIn(Shape):
    ticket = serializers.CharField(help_text="A number or a public id.")


class MergePreviewShape(Shape):
    source = serializers.IntegerField()  # type: ignore[assignment]
    target = serializers.IntegerField()
    replies = serializers.IntegerField()
    notes = serializers.IntegerField()
    files = serializers.IntegerField()
    unanswered = serializers.BooleanField()
    warnings = names()


class TiedShape(Shape):
    role = serializers.CharField()
    ticket = serializers.IntegerField()
    subject = serializers.CharField()


class PersonShape(Shape):
    id = serializers.CharField()
    name = serializers.CharField()


class LinksShape(Shape):
    tags = names()
    copies = names()
    watchers = PersonShape(many=True)
    watching = serializers.BooleanField()
    spam = serializers.BooleanField()
    links = TiedShape(many=True)


class SplitIn(Shape):
    seq = serializers.IntegerField(
        min_value=1, help_text="Of the public stream: something that the buyer said."
    )
    subject = Words()
    category = serializers.CharField(max_length=50)
    client_id = serializers.UUIDField(required=False)


class FollowUpIn(Shape):
    body = Words()
    subject = Words(required=False)
    client_id = serializers.UUIDField(required=False)
    attachments = names()


class DraftIn(Shape):
    kind = serializers.CharField(default="reply", help_text="reply or note")
    body = Words()
    version = serializers.IntegerField(min_value=0, help_text="The one that was read; 0: there was none.")
    attachments = names()
    seen_seq = serializers.IntegerField(min_value=0, default=0)
    deeds = serializers.DictField(required=False, help_text="What is done when it is sent, as in `then`.")


class DraftShape(Shape):
    kind = serializers.CharField()
    body = serializers.CharField()
    version = serializers.IntegerField()
    attachments = names()
    deeds = serializers.DictField()
    updated_at = serializers.DateTimeField(allow_null=True)


class SendIn(Shape):
    body = Words()
    client_id = serializers.UUIDField()
    attachments = names()
    then = serializers.DictField(required=False, help_text="Deeds: status, priority, assignee, team, tags.")
    sure = Sure()


class HeldReplyShape(Shape):
    id = serializers.CharField(
        allow_null=True, help_text="To take it back by; null when it went out at once."
    )
    state = serializers.ChoiceField(choices=[*HeldReply.State.values, "sent"])
    release_at = serializers.DateTimeField(allow_null=True)
    seq = serializers.IntegerField(allow_null=True)


class MacroIn(Shape):
    name = serializers.CharField(max_length=80)
    body = Words(required=False)
    as_note = serializers.BooleanField(default=False)
    deeds = serializers.DictField(required=False)
    shared = serializers.ChoiceField(choices=["me", "team", "all"], default="me")
    team = serializers.CharField(required=False)


class MacroShape(Shape):
    id = serializers.IntegerField()
    name = serializers.CharField()
    body = serializers.CharField()
    as_note = serializers.BooleanField()
    deeds = serializers.DictField()
    shared = serializers.CharField()
    team = serializers.CharField(allow_null=True)
    used = serializers.IntegerField()


class MacroList(Shape):
    results = MacroShape(many=True)


class MacroPreviewShape(Shape):
    body = serializers.CharField()
    lines = names()
    missing = names(help_text="Placeholders without a value on this ticket.")


class ViewIn(Shape):
    name = serializers.CharField(max_length=80)
    filters = serializers.DictField()
    order = serializers.ChoiceField(choices=list(ORDERS), default="due")
    shared = serializers.ChoiceField(choices=["me", "team", "all"], default="me")
    team = serializers.CharField(required=False)


class SavedViewShape(Shape):
    id = serializers.IntegerField()
    name = serializers.CharField()
    filters = serializers.DictField()
    order = serializers.CharField()
    shared = serializers.CharField()
    team = serializers.CharField(allow_null=True)
    count = serializers.IntegerField(allow_null=True, help_text="At most one beyond the cap.")
    capped = serializers.BooleanField()


class SavedViewList(Shape):
    results = SavedViewShape(many=True)


class BulkIn(Shape):
    tickets = serializers.ListField(child=serializers.CharField(), help_text="Public ids, 1 to 500.")
    change = serializers.DictField(
        help_text="Deeds: status, priority, assignee, team, add_tags, remove_tags."
    )
    seen_at = serializers.DateTimeField(required=False, help_text="Tickets changed since are left alone.")


class BulkShape(Shape):
    id = serializers.CharField()
    state = serializers.ChoiceField(choices=BulkJob.State.choices)
    total = serializers.IntegerField()
    done = serializers.IntegerField()
    failed = serializers.ListField(child=serializers.DictField())
    finished_at = serializers.DateTimeField(allow_null=True)


class FoundShape(Shape):
    ticket = serializers.IntegerField()
    subject = serializers.CharField()
    status = serializers.CharField()
    why = serializers.CharField(help_text="number, order, parcel, item, person, subject, said or noted")
    text = serializers.CharField()
    hits = names()


class FoundList(Shape):
    results = FoundShape(many=True)


class MentionShape(Shape):
    ticket = serializers.IntegerField()
    subject = serializers.CharField()
    by = serializers.CharField()
    at = serializers.DateTimeField()
    body = serializers.CharField()


class MentionPage(Shape):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = MentionShape(many=True)


class SeenShape(Shape):
    seen = serializers.IntegerField()


class ReviewIn(Shape):
    state = serializers.ChoiceField(choices=[Flag.State.FINE.value, Flag.State.COACHED.value])
    words = Words(required=False)


class FlagShape(Shape):
    id = serializers.IntegerField()
    ticket = serializers.IntegerField()
    author = serializers.CharField()
    reasons = names()
    state = serializers.ChoiceField(choices=Flag.State.choices)
    words = serializers.CharField()
    body = serializers.CharField()
    at = serializers.DateTimeField()


class FlagPage(Shape):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = FlagShape(many=True)


# Rows as these shapes -----------------------------------------------------------------------------------------
def draft_shape(draft: Draft) -> dict[str, Any]:
    """A draft; one that is not kept has version 0."""
    files = list(draft.attachments.values_list("public_id", flat=True)) if draft.pk else []
    at = draft.updated_at.isoformat() if draft.pk else None
    return {
        "kind": draft.kind,
        "body": draft.body,
        "version": draft.version,
        "attachments": files,
        "deeds": draft.deeds,
        "updated_at": at,
    }


def _shared(row: Macro | SavedView) -> dict[str, Any]:
    shared = "me" if row.owner_id else "team" if row.team_id else "all"
    return {"shared": shared, "team": row.team.code if row.team else None}


def macro_shape(macro: Macro) -> dict[str, Any]:
    """A macro with its placeholders unfilled."""
    plain = {name: getattr(macro, name) for name in ("name", "body", "as_note", "deeds", "used")}
    return {"id": macro.pk, **plain, **_shared(macro)}


def view_shape(view: SavedView, count: int | None = None, cap: int = 0) -> dict[str, Any]:
    """A view, with how many tickets it lets through where that was counted."""
    plain = {name: getattr(view, name) for name in ("name", "filters", "order")}
    capped = count is not None and count > cap
    return {"id": view.pk, **plain, **_shared(view), "count": count, "capped": capped}


def bulk_shape(job: BulkJob) -> dict[str, Any]:
    """How far a change to many has come; `failed` says which were not done, and why."""
    failed = [one for one in job.results if not one["ok"]]
    finished = job.finished_at.isoformat() if job.finished_at else None
    return {
        "id": job.public_id,
        "state": job.state,
        "total": len(job.tickets),
        "done": job.done,
        "failed": failed,
        "finished_at": finished,
    }


def mention_shape(mention: Mention) -> dict[str, Any]:
    """Where somebody was named, and in which words."""
    author = mention.message.author
    return {
        "ticket": mention.ticket_id,
        "subject": mention.ticket.subject,
        "by": author.display_name if author else "",
        "at": mention.at.isoformat(),
        "body": mention.message.body,
    }


def flag_shape(flag: Flag) -> dict[str, Any]:
    """A reply that a lead should look at."""
    return {
        "id": flag.pk,
        "ticket": flag.ticket_id,
        "author": flag.author.display_name,
        "reasons": flag.reasons,
        "state": flag.state,
        "words": flag.words,
        "body": flag.message.body,
        "at": flag.at.isoformat(),
    }
