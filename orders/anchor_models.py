"""The table of anchors; see `orders.anchors`."""

from __future__ import annotations

from django.db import models


class RecordAnchor(models.Model):
    """A day's signed sum over the rows of the record with an id above `first` and up to `last`."""

    day = models.DateField(unique=True)  # UTC
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    rows = models.BigIntegerField()
    total = models.CharField(max_length=64)  # the rows' macs, added up modulo 2^256
    mac = models.CharField(max_length=64)
