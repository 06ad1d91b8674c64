"""What happens by itself with tickets of some kind; managers keep these rules."""

from __future__ import annotations

from django.db import models


class EscalationRule(models.Model):
    """Acts by itself when a ticket of some kind is opened, rated, or a promise on it nears or breaks."""

    class On(models.TextChoices):
        OPENED = "opened"
        RATED = "rated"
        WARNED = "warned"
        BREACHED = "breached"

    code = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    on = models.CharField(max_length=8, choices=On.choices)
    match = models.JSONField(default=dict)  # {"category": [...], "member_type": [...], "score": [1, 2]}
    acts = models.JSONField(default=list)  # [{"act": "priority", "to": "high"}, …] in order
    active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=0)
    acted = models.PositiveIntegerField(default=0)  # on how many occasions
    acted_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class EscalationRuleVersion(models.Model):
    """What a rule said from some moment on; written with each change, never altered."""

    rule = models.ForeignKey(EscalationRule, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=100)
    on = models.CharField(max_length=8)
    match = models.JSONField(default=dict)
    acts = models.JSONField(default=list)
    created_at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule", "number"], name="escalation_rule_version_once")
        ]
