"""Parcels that are late or stuck: what a store wants to be told of, and what was seen."""

from __future__ import annotations

from typing import Any

from django.db import models

from orders.models.order import Order, Store
from orders.models.parcels import Shipment


class ParcelRules(models.Model):
    """What a store calls late or stuck, and what follows. Never changed: the newest version is in force."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="parcel_rules")
    version = models.PositiveIntegerField()
    rules = models.JSONField()  # as orders.watch.Rules says
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "version"], name="parcel_rules_version")]
        ordering = ["-version"]


class ParcelFinding(models.Model):
    """A parcel is late or stuck: seen once, told once, over with the next scan that says so."""

    shipment = models.ForeignKey(Shipment, models.CASCADE, related_name="findings")
    order = models.ForeignKey(Order, models.CASCADE, related_name="findings")
    store = models.ForeignKey(Store, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12)  # as in orders.watch.KINDS
    carrier = models.CharField(max_length=60, blank=True, default="")  # its name for people
    status = models.CharField(max_length=20)  # where the parcel stood
    since = models.DateTimeField()  # the scan, dispatch or news that it counts from
    found_at = models.DateTimeField()
    then = models.CharField(max_length=6)  # what the store's rules said to do about it
    version = models.PositiveIntegerField(default=0)  # of those rules; 0: nobody has changed them yet
    told_at = models.DateTimeField(null=True)
    ticket = models.CharField(max_length=20, blank=True)  # public id of where it was told or noted
    cleared_at = models.DateTimeField(null=True)
    cleared_by = models.CharField(max_length=10, blank=True)  # scan, delivered, order, rules

    class Meta:
        _open: Any = models.Q(cleared_at=None)
        constraints = [
            models.UniqueConstraint(
                fields=["shipment", "kind"], condition=_open, name="parcel_finding_one_open"
            )
        ]
        indexes = [
            models.Index(fields=["found_at", "id"], condition=_open, name="parcel_finding_open"),
            models.Index(
                fields=["store", "kind", "found_at", "id"], condition=_open, name="parcel_finding_kind"
            ),
            models.Index(fields=["-cleared_at", "-id"], name="parcel_finding_over"),
            models.Index(fields=["order"], name="parcel_finding_order"),
        ]
