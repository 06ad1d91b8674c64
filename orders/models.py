"""What: stores, orders, parcels and the record that cannot be edited."""

from __future__ import annotations

from typing import Any

from django.db import models

from core.appendonly import protect
from core.ids import new_public_id

MONEY: dict[str, Any] = {"max_digits": 12, "decimal_places": 2}


class Store(models.Model):
    """A shop that sends orders in. Its calendar counts the working days of its promises."""

    code = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    currency = models.CharField(max_length=3, default="USD")
    calendar = models.ForeignKey("sla.Calendar", models.PROTECT, related_name="+")
    return_days = models.PositiveSmallIntegerField(
        default=60
    )  # how long after delivery a return may be asked for

    def __str__(self) -> str:
        return self.name


class OrderStatus(models.TextChoices):
    AWAITING_PAYMENT = "awaiting_payment"
    UNDER_REVIEW = "under_review"
    AWAITING_SHIPPING = "awaiting_shipping"
    AWAITING_DELIVERY = "awaiting_delivery"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURNED = "returned"


class Order(models.Model):
    """One order of one person in one store; the centre of every conversation about it."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    store = models.ForeignKey(Store, models.PROTECT, related_name="orders")
    number = models.CharField(max_length=40)  # as the buyer knows it, without "#"
    person = models.ForeignKey("accounts.Person", models.PROTECT, related_name="orders")
    status = models.CharField(max_length=20, choices=OrderStatus.choices)
    currency = models.CharField(max_length=3, default="USD")
    subtotal = models.DecimalField(**MONEY, default=0)
    discount = models.DecimalField(**MONEY, default=0)
    shipping = models.DecimalField(**MONEY, default=0)
    taxes = models.DecimalField(**MONEY, default=0)
    total = models.DecimalField(**MONEY, default=0)
    refunded = models.DecimalField(**MONEY, default=0)
    payment_method = models.CharField(max_length=100, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    note = models.TextField(blank=True)
    placed_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    packed_at = models.DateTimeField(null=True)
    dispatched_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    source = models.CharField(max_length=20)  # shopify_csv, api, demo …
    source_digest = models.CharField(max_length=64, blank=True)  # of the last update, tells "unchanged"
    source_updated_at = models.DateTimeField(null=True)  # an older update never undoes a newer one
    promised_by = models.DateTimeField(null=True)  # the earliest due of its running promises
    record_head = models.PositiveIntegerField(default=0)  # seq of the last row of its record
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "number"], name="order_number_in_store")]
        indexes = [
            models.Index(fields=["person", "-placed_at", "-id"], name="order_person"),
            models.Index(fields=["-placed_at", "-id"], name="order_placed"),
            models.Index(fields=["status", "-placed_at", "-id"], name="order_status"),
            models.Index(fields=["number"], name="order_number"),
            models.Index(fields=["email"], name="order_email"),
        ]

    def __str__(self) -> str:
        return f"#{self.number}"


class OrderLine(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    sku = models.CharField(max_length=100, blank=True, db_index=True)
    name = models.CharField(max_length=300)
    variant = models.CharField(max_length=200, blank=True)
    quantity = models.PositiveIntegerField()
    price = models.DecimalField(**MONEY)  # of one piece
    discount = models.DecimalField(**MONEY, default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "position"], name="order_line_once")]
        ordering = ["position"]


class Address(models.Model):
    """Where an order goes and who pays, as it was when the order was placed or last changed."""

    class Kind(models.TextChoices):
        SHIPPING = "shipping"
        BILLING = "billing"

    order = models.ForeignKey(Order, models.CASCADE, related_name="addresses")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=150, blank=True)
    company = models.CharField(max_length=150, blank=True)
    line1 = models.CharField(max_length=255, blank=True)
    line2 = models.CharField(max_length=255, blank=True)
    city = models.CharField(max_length=100, blank=True)
    region = models.CharField(max_length=100, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=60, blank=True)
    phone = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "kind"], name="order_address_once")]


class Shipment(models.Model):
    """A parcel."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="shipments")
    carrier = models.CharField(max_length=60, blank=True)
    tracking_number = models.CharField(max_length=60, db_index=True)
    url = models.URLField(blank=True, max_length=500)
    status = models.CharField(max_length=20, default="in_transit")
    dispatched_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "tracking_number"], name="shipment_once")]


class TrackingEvent(models.Model):
    """A scan of a parcel."""

    shipment = models.ForeignKey(Shipment, models.CASCADE, related_name="events")
    at = models.DateTimeField()
    status = models.CharField(max_length=20)
    description = models.CharField(max_length=300)
    place = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shipment", "at", "status", "description"], name="scan_once")
        ]
        ordering = ["-at", "-id"]


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


class Import(models.Model):
    """A file of orders that came in, and what became of it."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    store = models.ForeignKey(Store, models.PROTECT, related_name="+")
    filename = models.CharField(max_length=255)
    format = models.CharField(max_length=20)
    state = models.CharField(max_length=10, default="running")  # running, done, failed
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    lines = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)


class ImportRow(models.Model):
    """What became of one order of the file; `line` counts from 1, the header included."""

    run = models.ForeignKey(Import, models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField()
    number = models.CharField(max_length=60, blank=True)
    outcome = models.CharField(max_length=10)  # created, updated, unchanged, rejected
    field = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["run", "line"], name="import_row_line")]


protect("orders_orderrecord")
