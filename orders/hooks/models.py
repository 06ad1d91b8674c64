"""What shops' systems sent of themselves, and by which of their ids an order is known there."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import new_public_id


class IncomingHook(models.Model):
    """One signed message as it came in, and what became of it.

    The body may name a person: it is emptied when its time is over (`orders.actions.hooks`) and at erasing.
    """

    class Source(models.TextChoices):
        SHOPIFY = "shopify", "Shopify"
        WOOCOMMERCE = "woocommerce", "WooCommerce"
        AFTERSHIP = "aftership", "AfterShip"

    class State(models.TextChoices):
        QUEUED = "queued", _("In the queue")
        DONE = "done", _("Taken in")
        WAITING = "waiting", _("Waits for its order")
        FAILED = "failed", _("Failed")
        IGNORED = "ignored", _("Kept, not used")

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    store = models.ForeignKey("orders.Store", models.PROTECT, related_name="+")
    source = models.CharField(max_length=20, choices=Source.choices)
    topic = models.CharField(max_length=80, blank=True)
    delivery_id = models.CharField(max_length=100)  # the sender's, else the body's digest
    received_at = models.DateTimeField()
    body = models.BinaryField(blank=True)
    headers = models.JSONField(default=dict)
    ref = models.CharField(
        max_length=100, blank=True
    )  # what it is about there: an order's id, a parcel's number
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    error = models.CharField(max_length=500, blank=True)
    order = models.ForeignKey("orders.Order", models.SET_NULL, null=True, related_name="+")
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "source", "delivery_id"], name="hook_delivery_once")
        ]
        indexes = [
            models.Index(fields=["state", "-id"], name="hook_state"),
            models.Index(fields=["source", "-id"], name="hook_source"),
            models.Index(fields=["store", "ref"], name="hook_waiting", condition=models.Q(state="waiting")),
            models.Index(fields=["received_at"], name="hook_received"),
        ]


class OrderKey(models.Model):
    """An order as a shop's system knows it, with what must be remembered for news that comes in any order."""

    store = models.ForeignKey("orders.Store", models.PROTECT, related_name="+")
    source = models.CharField(max_length=20)
    key = models.CharField(max_length=100)
    order = models.ForeignKey("orders.Order", models.CASCADE, null=True, related_name="keys")
    newest = models.CharField(max_length=80, blank=True)  # tells two updates of the same instant apart
    refunds = models.JSONField(default=dict)  # the refund's id: its amount as text
    pieces = models.JSONField(default=dict)  # what is owed, given back and sent of each line: orders.pieces
    parcels = models.JSONField(default=dict)  # the dispatch's id: {"mark", "numbers"}

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "source", "key"], name="order_key_once")]
