"""Technical tables only. Their writers are core.outbox, core.idempotency and core.worker."""

from __future__ import annotations

from django.db import models


class Outbox(models.Model):
    """An effect outside the database (mail, a rule that may fail) that must not be lost."""

    class State(models.TextChoices):
        READY = "ready"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=120, unique=True, null=True)  # the same effect is asked for once
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.READY)
    attempts = models.PositiveSmallIntegerField(default=0)
    run_after = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["run_after", "id"],
                name="outbox_due",
                condition=models.Q(state__in=["ready", "running"]),
            )
        ]


class IdempotencyKey(models.Model):
    """The first answer to a write, given again to its replay."""

    owner = models.CharField(max_length=60)
    key = models.CharField(max_length=100)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    response = models.JSONField(null=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="idempotency_once")]


class PeriodicRun(models.Model):
    """One row for each periodic job: which slot of its period ran last, so that many workers run it once."""

    name = models.CharField(max_length=100, primary_key=True)
    slot = models.BigIntegerField(default=-1)
