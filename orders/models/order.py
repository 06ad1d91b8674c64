"""What was ordered: stores, orders, their lines and addresses."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Replace, Right

from core.ids import new_public_id

MONEY: dict[str, Any] = {"max_digits": 12, "decimal_places": 2}
PHONE_TAIL = (
    8  # digits by which a telephone number is looked up: with or without its country's, however written
)


def _last_digits() -> Right:
    """The end of a `phone` without what people write between its digits: an index, and what looks it up."""
    bare: Any = F("phone")
    for sign in " -().+/":
        bare = Replace(bare, Value(sign), Value(""))
    return Right(bare, PHONE_TAIL)


LAST_DIGITS = _last_digits()


class Store(models.Model):
    """A shop that sends orders in. Its calendar counts the working days of its promises."""

    code = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    currency = models.CharField(max_length=3, default="USD")
    calendar = models.ForeignKey("sla.Calendar", models.PROTECT, related_name="+")
    return_days = models.PositiveSmallIntegerField(default=60)  # after delivery, to ask for a return
    scans_since = models.DateTimeField(null=True)  # carriers' news come in: before, silence means nothing

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
    parcels_late = models.PositiveSmallIntegerField(default=0)  # open findings about its parcels
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
            models.Index(fields=["store", "-placed_at", "-id"], name="order_store"),
            models.Index(LAST_DIGITS, name="order_phone", condition=~Q(phone="")),
        ]

    def __str__(self) -> str:
        return f"#{self.number}"


class OrderLine(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    sku = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=300)
    variant = models.CharField(max_length=200, blank=True)
    quantity = models.PositiveIntegerField()
    price = models.DecimalField(**MONEY)  # of one piece
    discount = models.DecimalField(**MONEY, default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "position"], name="order_line_once")]
        indexes = [models.Index(fields=["sku", "-order"], name="order_line_sku")]
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
        indexes = [models.Index(LAST_DIGITS, name="order_address_phone", condition=~Q(phone=""))]
