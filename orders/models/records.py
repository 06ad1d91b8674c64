"""The record of an order that cannot be edited."""

from __future__ import annotations

from django.db import models

from core.appendonly import protect
from orders.models.order import Order


class OrderRecord(models.Model):
    """One step of an order's processing. Chained: `mac` covers this row and the one before (key in settings).

    Holds no words about a person: those stand in the detail, whose salted digest is kept here.
    """

    order = models.ForeignKey(Order, models.PROTECT, related_name="record")
    seq = models.PositiveIntegerField()
    verb = models.CharField(max_length=40)  # order.placed, order.paid, parcel.scanned, promise.warned …
    at = models.DateTimeField()  # when it happened
    written_at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    data = models.JSONField(default=dict)  # ids, states, amounts; nothing that names a person
    for_buyer = models.BooleanField(default=True)
    details_digest = models.CharField(max_length=64, blank=True)
    mac = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "seq"], name="order_record_seq")]


class OrderRecordDetail(models.Model):
    """The words of a step; privacy may erase them, and that is a row of the record too."""

    record = models.OneToOneField(OrderRecord, models.PROTECT, related_name="detail")
    salt = models.CharField(max_length=32)
    text = models.JSONField(default=dict)


protect("orders_orderrecord")
