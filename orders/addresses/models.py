"""A buyer's address book: several addresses and one default."""

from __future__ import annotations

from django.db import models

from core.ids import new_public_id


class SavedAddress(models.Model):
    """One address of a person, in Latin letters. What an order was sent to stays with the order."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    person = models.ForeignKey("accounts.Person", models.CASCADE, related_name="+")
    name = models.CharField(max_length=150, blank=True)
    company = models.CharField(max_length=150, blank=True)
    line1 = models.CharField(max_length=255)
    line2 = models.CharField(max_length=255, blank=True)
    city = models.CharField(max_length=100)
    region = models.CharField(max_length=100, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=60)
    phone = models.CharField(max_length=40, blank=True)
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(is_default=True), name="address_one_default"
            )
        ]
        ordering = ["-is_default", "id"]
