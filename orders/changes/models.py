"""A change that the shop asks the buyer about. The shop changes no valid order before the buyer has answered."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import new_public_id


class ChangeProposal(models.Model):
    """One question to the buyer: what, why, by when, and what became of it. What it names can be erased."""

    class Kind(models.TextChoices):
        CANCEL = "cancel", _("Cancel the order")
        ADDRESS = "address", _("Another address")
        ITEM = "item", _("Another size or item: cancel, then order again")
        REFUND = "refund", _("Money back in part")
        LATER = "later", _("A later date")

    class State(models.TextChoices):
        OPEN = "open", _("Waiting for the buyer")
        ACCEPTED = "accepted", _("The buyer said yes: done")
        OVERTAKEN = "overtaken", _("The buyer said yes, and it could not be done any more")
        DECLINED = "declined", _("The buyer said no")
        NO_ANSWER = "no_answer", _("No answer in time")
        WITHDRAWN = "withdrawn", _("Withdrawn by the shop")

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    order = models.ForeignKey("orders.Order", models.PROTECT, related_name="proposals")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    words = models.TextField(blank=True)  # to the buyer: why
    details = models.JSONField(default=dict)  # address fields, amount, date
    asked_on = models.CharField(max_length=20, blank=True)  # the ticket it was proposed from, by public id
    answer_words = models.TextField(blank=True)  # the buyer's, or why it could not be done
    client_id = models.UUIDField(null=True)  # the same proposal sent twice is one
    proposed_by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    answer_by = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "kind"], condition=models.Q(state="open"), name="proposal_one_open_a_kind"
            ),
            models.UniqueConstraint(fields=["order", "client_id"], name="proposal_client_id"),
        ]
        ordering = ["id"]
