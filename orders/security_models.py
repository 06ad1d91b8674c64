"""The table of security marks; see `orders.security`."""

from __future__ import annotations

from django.db import models


class SecurityMark(models.Model):
    """One reason to look at an account: set by an order, over when a person has looked and said why."""

    person = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    order = models.ForeignKey("orders.Order", models.PROTECT, related_name="+")  # the one that set it
    product = models.CharField(max_length=300)
    orders = models.PositiveIntegerField()  # of that product within 24 hours, when it was set
    set_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)
    cleared_by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(cleared_at=None), name="security_mark_one_open"
            )
        ]
        indexes = [models.Index(fields=["person", "product", "-cleared_at"], name="security_mark_cleared")]
