"""Parcels and their scans."""

from __future__ import annotations

from django.db import models

from orders.models.order import Order


class Shipment(models.Model):
    """A parcel."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="shipments")
    carrier = models.CharField(max_length=60, blank=True)
    tracking_number = models.CharField(max_length=60, db_index=True)
    url = models.URLField(blank=True, max_length=500)
    status = models.CharField(max_length=20, default="in_transit")
    dispatched_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    expected_on = models.DateField(null=True)  # the carrier's own guess, as the newest news told it
    expected_told_at = models.DateTimeField(null=True)  # the newest scan of those news
    look_at = models.DateTimeField(null=True)  # when it may next be late or stuck; None: not watched

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "tracking_number"], name="shipment_once")]
        indexes = [
            models.Index(
                fields=["look_at", "id"], condition=models.Q(look_at__isnull=False), name="shipment_look"
            )
        ]


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
