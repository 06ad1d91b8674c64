"""What is said: streams and their messages, files, what is being written, what waits to be sent."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from core.ids import new_public_id
from tickets.models.tickets import Channel


class Stream(models.Model):
    """An ordered log of a ticket. `last_seq` is its counter: the row's lock makes seq order commit order."""

    class Kind(models.TextChoices):
        PUBLIC = "public"
        STAFF = "staff"

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    ticket = models.ForeignKey("tickets.Ticket", models.CASCADE, related_name="streams")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    last_seq = models.PositiveIntegerField(default=0)
    epoch = models.CharField(max_length=20, default=new_public_id)
    buyer_read = models.PositiveIntegerField(default=0)
    agent_read = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "kind"], name="stream_once")]


class MessageKind(models.TextChoices):
    REPLY = "reply"
    NOTE = "note"
    EVENT = "event"


class Message(models.Model):
    """A row of a stream: what was said, noted or done. The only timeline of a ticket."""

    stream = models.ForeignKey(  # `message_seq` begins with it
        Stream, models.CASCADE, related_name="messages", db_index=False
    )
    seq = models.PositiveIntegerField()
    after_public = models.PositiveIntegerField(null=True)  # staff rows: the public head at that moment
    author = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    author_kind = models.CharField(max_length=8)  # buyer, staff, system
    kind = models.CharField(max_length=5, choices=MessageKind.choices)
    verb = models.CharField(max_length=40)  # ticket.opened, message.replied, ticket.assigned …
    data = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    client_id = models.UUIDField(null=True)
    digest = models.CharField(
        max_length=64, blank=True
    )  # of what the client sent, tells a replay from a clash
    channel = models.CharField(max_length=8, choices=Channel.choices)
    created_at = models.DateTimeField()
    amended_at = models.DateTimeField(null=True)
    redacted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "seq"], name="message_seq"),
            models.UniqueConstraint(fields=["stream", "author", "client_id"], name="message_client_id"),
        ]


class Attachment(models.Model):
    """A file, stored before it is bound to a message; served only through the access check."""

    class Scan(models.TextChoices):
        CLEAN = "clean"
        PENDING = "pending"
        REFUSED = "refused"

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    ticket = models.ForeignKey("tickets.Ticket", models.CASCADE, null=True, related_name="attachments")
    message = models.ForeignKey(Message, models.CASCADE, null=True, related_name="attachments")
    draft = models.ForeignKey("Draft", models.SET_NULL, null=True, related_name="attachments")
    uploader = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    file = models.FileField(upload_to="attachments/%Y/%m/")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)  # by content, never by name
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    scan = models.CharField(max_length=8, choices=Scan.choices, default=Scan.CLEAN)
    created_at = models.DateTimeField()


class Amendment(models.Model):
    """What a message said before it was amended; gone when the message is redacted."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="amendments")
    body = models.TextField(blank=True)
    by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()


class Mention(models.Model):
    """Somebody of staff was named in a note: their inbox until they looked."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="mentions")
    ticket = models.ForeignKey("tickets.Ticket", models.CASCADE, related_name="mentions")
    person = models.ForeignKey("accounts.Person", models.CASCADE, related_name="mentions")
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "person"], name="mention_once")]
        indexes = [
            models.Index(fields=["person", "-id"], name="mention_inbox", condition=Q(seen_at=None)),
        ]


class Draft(models.Model):
    """What somebody is writing and did not send: one reply and one note on a ticket, found in any browser.

    `version` grows with each save: an older one never overwrites a newer. Its files are attachments on no message.
    """

    ticket = models.ForeignKey("tickets.Ticket", models.CASCADE, related_name="drafts")
    author = models.ForeignKey("accounts.Person", models.CASCADE, related_name="drafts")
    kind = models.CharField(max_length=5, choices=MessageKind.choices)
    body = models.TextField(blank=True)
    seen_seq = models.PositiveIntegerField(default=0)  # the public head when it was begun
    deeds = models.JSONField(default=dict)  # what is done when it is sent, as chosen so far
    version = models.PositiveBigIntegerField(default=0)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "author", "kind"], name="draft_once")]


class HeldReply(models.Model):
    """A reply that waits its ten seconds in case it is taken back; the worker releases it."""

    class State(models.TextChoices):
        HELD = "held"
        RELEASED = "released"
        UNDONE = "undone"
        REFUSED = "refused"  # could not be sent any more; its words are back in the draft

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    ticket = models.ForeignKey("tickets.Ticket", models.CASCADE, related_name="held")
    author = models.ForeignKey("accounts.Person", models.CASCADE, related_name="+")
    body = models.TextField(blank=True)
    files = models.JSONField(default=list)
    client_id = models.UUIDField()
    then = models.JSONField(default=dict)  # what is done with it: status, tags, assignee …
    state = models.CharField(max_length=8, choices=State.choices, default=State.HELD)
    release_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "author", "client_id"], name="held_once")]
        indexes = [
            models.Index(fields=["release_at", "id"], name="held_due", condition=Q(state="held")),
        ]


class Looking(models.Model):
    """A page that shows a ticket beats here; no beat for some seconds is gone."""

    ticket = models.ForeignKey("tickets.Ticket", models.CASCADE, related_name="looks")
    person = models.ForeignKey("accounts.Person", models.CASCADE, related_name="+")
    seen_at = models.DateTimeField(db_index=True)
    typed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "person"], name="looking_once")]
