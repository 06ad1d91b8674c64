"""Shops' pages that carry our widget, and who writes there."""

from __future__ import annotations

from django.db import models

from core.appendonly import protect
from core.ids import new_public_id


class WidgetSite(models.Model):
    """One shop's widget: where it may stand, and which desk it leads to."""

    key = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    name = models.CharField(max_length=100)  # the shop's, as visitors read it
    store = models.ForeignKey("orders.Store", models.PROTECT, related_name="+")
    team = models.ForeignKey("accounts.Team", models.PROTECT, related_name="+")  # a desk that takes chats
    category = models.ForeignKey("tickets.Category", models.PROTECT, related_name="+")
    origins = models.JSONField(default=list)  # https://shop.example, compared in full
    identity_required = models.BooleanField(default=False)  # nobody writes unless the shop's server vouches
    is_on = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class WidgetSecret(models.Model):
    """The name (kid) of a key that a shop signs with. The key itself is nowhere: `livechat.widget.keys` makes it."""

    site = models.ForeignKey(WidgetSite, models.CASCADE, related_name="secrets")
    kid = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)


class WidgetChange(models.Model):
    """Who changed what about a site. Never changed itself."""

    site = models.ForeignKey(WidgetSite, models.PROTECT, related_name="changes")
    by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    verb = models.CharField(max_length=20)  # made, changed, secret_made, secret_retired
    data = models.JSONField(default=dict)


class ShopCustomer(models.Model):
    """A person as a shop knows them: its own id for them, vouched for by its server alone."""

    store = models.ForeignKey("orders.Store", models.PROTECT, related_name="+")
    external_id = models.CharField(max_length=100)
    person = models.OneToOneField("accounts.Person", models.PROTECT, related_name="shop_customer")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "external_id"], name="shop_customer_once")]


class Visitor(models.Model):
    """A browser on a shop's page. Its token is kept as a digest; `generation` grows with each new token."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    site = models.ForeignKey(WidgetSite, models.PROTECT, related_name="visitors")
    person = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    generation = models.PositiveIntegerField(default=1)
    identified_at = models.DateTimeField(null=True)  # the shop's server vouched for who this is
    name = models.CharField(max_length=100, blank=True)  # typed or signed: a label, never a key to merge by
    email = models.CharField(max_length=254, blank=True)
    created_at = models.DateTimeField()
    last_seen = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["person"], name="visitor_person")]


class SpentPass(models.Model):
    """The jti of an identity that was used: it is good once."""

    site = models.ForeignKey(WidgetSite, models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "digest"], name="spent_pass_once")]


class WidgetTalk(models.Model):
    """Where a conversation came from, as its page and its visitor said. All of it is hostile: text, capped."""

    ticket = models.OneToOneField("tickets.Ticket", models.CASCADE, related_name="widget_talk")
    site = models.ForeignKey(WidgetSite, models.PROTECT, related_name="+")
    visitor = models.ForeignKey(Visitor, models.SET_NULL, null=True, related_name="talks")
    name = models.CharField(max_length=100, blank=True)
    email = models.CharField(max_length=254, blank=True)
    signed = models.BooleanField(default=False)  # name and e-mail are the shop's word, not the visitor's
    context = models.JSONField(default=dict)
    context_at = models.DateTimeField()


protect("livechat_widgetchange")
