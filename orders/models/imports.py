"""Files of orders that came in."""

from __future__ import annotations

from django.db import models

from core.ids import new_public_id
from orders.models.order import Store


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
    moved_at = models.DateTimeField(null=True)  # when the worker did something at it last
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
