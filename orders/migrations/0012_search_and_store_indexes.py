"""Indexes by which searches and a store's list stay quick at very many orders: newest of an SKU, of a store, telephones."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models
from django.db.models import F, Value
from django.db.models.functions import Replace, Right


def last_digits() -> Any:
    bare: Any = F("phone")
    for sign in " -().+/":
        bare = Replace(bare, Value(sign), Value(""))
    return Right(bare, 8)


class Migration(migrations.Migration):
    dependencies = [("orders", "0011_refunds_agreed_on")]

    operations = [
        migrations.AlterField("orderline", "sku", models.CharField(blank=True, max_length=100)),
        migrations.AddIndex("orderline", models.Index(fields=["sku", "-order"], name="order_line_sku")),
        migrations.AddIndex("order", models.Index(fields=["store", "-placed_at", "-id"], name="order_store")),
        migrations.AddIndex(
            "order", models.Index(last_digits(), name="order_phone", condition=~models.Q(phone=""))
        ),
        migrations.AddIndex(
            "address", models.Index(last_digits(), name="order_address_phone", condition=~models.Q(phone=""))
        ),
    ]
