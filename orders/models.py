"""What: stores, orders, parcels and the record that cannot be edited."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.appendonly import protect
from core.ids import new_public_id

MONEY: dict[str, Any] = {"max_digits": 12, "decimal_places": 2}


class Store(models.Model):
    """A shop that sends orders in. Its calendar counts the working days of its promises."""

    code = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    currency = models.CharField(max_length=3, default="USD")
    calendar = models.ForeignKey("sla.Calendar", models.PROTECT, related_name="+")
    return_days = models.PositiveSmallIntegerField(default=60)  # after delivery, to ask for a return

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
    state = models.CharField(max_length=10, default="running")  # see orders.imports.states
    file = models.CharField(max_length=200, blank=True)  # its name in the storage, while it is kept
    size = models.BigIntegerField(default=0)
    read = models.BigIntegerField(default=0)  # bytes, to show how far it is
    mapping = models.JSONField(default=dict)  # field: column
    dates = models.CharField(max_length=3, blank=True)  # dmy, mdy: what figures of a day mean
    header = models.JSONField(default=list)
    checked = models.JSONField(null=True)  # what the dry run counted
    error = models.CharField(max_length=500, blank=True)  # why the file as a whole failed
    mends = models.ForeignKey("self", models.SET_NULL, null=True, related_name="mended_in")
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
    cells = models.JSONField(default=list)  # rows of a rejected order as they stand in the file, for mending

    class Meta:
        indexes = [
            models.Index(fields=["run", "line"], name="import_row_line"),
            models.Index(
                fields=["run", "line"], condition=models.Q(outcome="rejected"), name="import_row_rejected"
            ),
        ]


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
    ret = models.ForeignKey(Return, models.PROTECT, related_name="refunds")
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
        ]
        ordering = ["id"]


from orders.anchor_models import RecordAnchor  # noqa: E402, F401
from orders.changes.models import ChangeProposal  # noqa: E402, F401
from orders.hooks.models import IncomingHook, OrderKey  # noqa: E402, F401  (tables of the same room)
from orders.security_models import SecurityMark  # noqa: E402, F401

protect("orders_orderrecord")
