"""What comes back, and the money that goes back."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import new_public_id
from orders.models.order import MONEY, Order


class Return(models.Model):
    """What a buyer wants to send back of one order, from the application to the refund."""

    class State(models.TextChoices):
        APPLIED = "applied", _("Applied")
        ASKED = "asked", _("Question to the buyer")
        APPROVED = "approved", _("Approved")
        REFUSAL_PROPOSED = "refusal_proposed", _("Refusal proposed")
        REFUSED = "refused", _("Refused")
        RECEIVED = "received", _("Goods received")
        INSPECTED = "inspected", _("Goods checked")
        REFUNDED = "refunded", _("Refunded")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Refusal(models.TextChoices):
        TOO_LATE = "too_late", _("Asked for too late")
        USED = "used", _("Used beyond trying on")
        BUYER_DAMAGE = "buyer_damage", _("Damaged after delivery")
        NO_FAULT = "no_fault", _("No fault was found")
        NOT_OURS = "not_ours", _("Not from this order")
        NOTHING_CAME = "nothing_came", _("Nothing came back")
        OTHER = "other", _("Another reason")

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    order = models.ForeignKey(Order, models.PROTECT, related_name="returns")
    number = models.PositiveSmallIntegerField()  # within its order, from 1
    state = models.CharField(max_length=20, choices=State.choices, default=State.APPLIED)
    client_id = models.UUIDField(null=True)  # the same application sent twice is one
    question = models.TextField(blank=True)  # what the buyer was asked last
    reviewer = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    second_reviewer = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    refusal = models.CharField(max_length=20, choices=Refusal.choices, blank=True)
    refusal_words = models.TextField(blank=True)  # to the buyer
    back_to = models.CharField(max_length=20, blank=True)  # the state that a declined refusal returns to
    due_sort = models.DateTimeField()  # the refund's due, far ahead where none is promised
    applied_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    inspected_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="return_number_in_order"),
            models.UniqueConstraint(fields=["order", "client_id"], name="return_client_id"),
            models.CheckConstraint(
                condition=~models.Q(state="refused")
                | (
                    models.Q(reviewer__isnull=False, second_reviewer__isnull=False)
                    & ~models.Q(reviewer=models.F("second_reviewer"))
                ),
                name="return_refused_by_two",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "due_sort", "id"], name="return_state_due"),
            models.Index(fields=["due_sort", "id"], name="return_due"),
        ]


class ReturnLine(models.Model):
    """Pieces of one line of the order. What the line was is kept here: a feed may write lines anew."""

    class Reason(models.TextChoices):
        DAMAGED = "damaged", _("It arrived damaged")
        FAULTY = "faulty", _("It does not work as it should")
        WRONG_ITEM = "wrong_item", _("It is not what I ordered")
        NOT_AS_SHOWN = "not_as_shown", _("It is not as shown or described")
        WRONG_SIZE = "wrong_size", _("It does not fit")
        NOT_WANTED = "not_wanted", _("I changed my mind")
        OTHER = "other", _("Something else")

    class Condition(models.TextChoices):
        AS_NEW = "as_new", _("As new")
        OPENED = "opened", _("Opened, complete")
        USED = "used", _("Used")
        DAMAGED = "damaged", _("Damaged")
        WRONG_ITEM = "wrong_item", _("Another item")
        MISSING = "missing", _("Not in the parcel")

    ret = models.ForeignKey(Return, models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()  # of the order's line
    sku = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=300)
    variant = models.CharField(max_length=200, blank=True)
    quantity = models.PositiveIntegerField()
    worth = models.DecimalField(**MONEY)  # what was paid for these pieces, the most that goes back
    reason = models.CharField(max_length=20, choices=Reason.choices)
    words = models.TextField(blank=True)
    arrived = models.PositiveIntegerField(null=True)  # pieces, as counted when the goods were checked
    condition = models.CharField(max_length=20, choices=Condition.choices, blank=True)
    finding = models.CharField(max_length=20, choices=Reason.choices, blank=True)  # the reason as we found it
    facts = models.TextField(blank=True)  # what the order says: what was picked, packed and sent

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ret", "position"], name="return_line_once"),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="return_line_pieces"),
        ]
        ordering = ["position"]


class ReturnPhoto(models.Model):
    """A photograph of goods; private, without a return until the application is sent."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    order = models.ForeignKey(Order, models.CASCADE, related_name="+")
    ret = models.ForeignKey(Return, models.CASCADE, null=True, related_name="photos")
    uploader_id = models.BigIntegerField()
    file = models.CharField(max_length=200)  # the storage's key
    name = models.CharField(max_length=150)
    content_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["order", "uploader_id"], name="return_photo_free")]
        ordering = ["id"]


class Refund(models.Model):
    """An order to pay money back to the account that paid; by hand or through the shop's own system."""

    class State(models.TextChoices):
        ORDERED = "ordered", _("Ordered")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        DONE = "done", _("Paid back")

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    order = models.ForeignKey(Order, models.PROTECT, related_name="refunds")
    ret = models.ForeignKey(Return, models.PROTECT, null=True, related_name="refunds")
    proposal = models.OneToOneField(  # what the buyer agreed to, where nothing comes back
        "orders.ChangeProposal", models.PROTECT, null=True, related_name="refund"
    )
    amount = models.DecimalField(**MONEY)
    currency = models.CharField(max_length=3, default="USD")
    by_line = models.JSONField(default=dict)  # position of the line: amount as text
    words = models.TextField(blank=True)  # to the buyer, where it is less than was paid
    state = models.CharField(max_length=10, choices=State.choices, default=State.ORDERED)
    port = models.CharField(max_length=20)  # manual, shopify
    key = models.CharField(max_length=40, unique=True)  # tells the shop's system that it is the same again
    reference = models.CharField(max_length=100, blank=True)
    error = models.CharField(max_length=300, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    before = models.DecimalField(**MONEY, default=0)  # refunded on the order when this one was ordered
    ordered_by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    confirmed_by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    ordered_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="refund_above_zero"),
            models.UniqueConstraint(
                fields=["ret"], condition=~models.Q(state="done"), name="refund_one_open_a_return"
            ),
            models.CheckConstraint(
                condition=models.Q(ret__isnull=True) ^ models.Q(proposal__isnull=True),
                name="refund_has_a_cause",
            ),
        ]
        ordering = ["id"]
