"""A delivered order and returns of it in any state, for tests."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.models import Person
from core.actors import Actor
from core.clock import now
from orders import actions
from orders.actions import Asked, Checked
from orders.models import Order, OrderLine, Return
from tests.factories import House, actor, make_buyer, make_house, make_order, make_staff


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 30)) -> bytes:
    """A small true photograph."""
    out = io.BytesIO()
    Image.new("RGB", size, (120, 40, 90)).save(out, kind)
    return out.getvalue()


def photo_file(name: str = "mug.jpg", data: bytes | None = None) -> SimpleUploadedFile:
    """An upload of it."""
    return SimpleUploadedFile(name, picture() if data is None else data, content_type="image/jpeg")


@dataclass
class Goods:
    """A shop with an order of two mugs ($24.00) and a tote ($10.00), $30.60 paid after a discount, delivered."""

    house: House
    buyer: Person
    order: Order
    first: Person
    second: Person
    state: dict[str, Any] = field(default_factory=dict)

    @property
    def by_buyer(self) -> Actor:
        return actor(self.buyer)

    @property
    def one(self) -> Actor:
        return actor(self.first)

    @property
    def two(self) -> Actor:
        return actor(self.second)

    def photo(self) -> str:
        row = actions.store_return_photo(actor=self.by_buyer, order=self.order, upload=photo_file())
        return row.public_id

    def apply(self, *lines: Asked, photos: bool = True, **fields: Any) -> Return:
        """An application; two broken mugs unless lines are given."""
        wanted = lines or (Asked(1, 2, "damaged", "Both handles are off."),)
        ids = [self.photo()] if photos else []
        return actions.apply_for_return(
            actor=self.by_buyer, order_id=self.order.pk, lines=wanted, photo_ids=ids, **fields
        )

    def approved(self, *lines: Asked) -> Return:
        return actions.approve_return(actor=self.one, ret=self.apply(*lines).public_id)

    def received(self, *lines: Asked) -> Return:
        return actions.receive_goods(actor=self.one, ret=self.approved(*lines).public_id)

    def inspected(self, *lines: Asked) -> Return:
        ret = self.received(*lines)
        found = [Checked(line.position, line.quantity, "damaged") for line in ret.lines.all()]
        return actions.inspect_lines(actor=self.one, ret=ret.public_id, lines=found)


def make_goods(*, delivered_at: datetime | None = None) -> Goods:
    """The world above."""
    house = make_house()
    buyer = make_buyer("Ana Reyes", timezone="Asia/Manila")
    at = delivered_at or now() - timedelta(days=3)
    order = make_order(
        buyer, status="delivered", number="2041", placed_at=at - timedelta(days=9), delivered_at=at
    )
    OrderLine.objects.filter(order=order).delete()
    OrderLine.objects.create(
        order=order,
        position=1,
        sku="MUG",
        name="Camp mug",
        variant="Forest",
        quantity=2,
        price=Decimal("12.00"),
    )
    OrderLine.objects.create(
        order=order, position=2, sku="TOTE", name="Tote", quantity=1, price=Decimal("10.00")
    )
    order.subtotal, order.discount, order.total = Decimal("34.00"), Decimal("3.40"), Decimal("30.60")
    order.save()
    first = make_staff("aftersales", name="Diego Alvarez")
    second = make_staff("aftersales", name="Tom Reed")
    return Goods(house, buyer, order, first, second)
