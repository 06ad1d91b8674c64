"""Returns of the demo shop, some in each state, on orders that were delivered lately: by the rooms' own actions."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from core.actors import Actor
from helpdesk.demo.house import HOUR, House
from helpdesk.demo.lives import Plan, row_of
from helpdesk.demo.timeline import Life
from orders import actions
from orders.actions import Asked, Checked
from orders.models import Order, Return
from orders.return_rules import default_amounts, money_left

DAY = 9 * HOUR
WORDS = {
    "damaged": "The parcel was pressed in on one side; it was broken when I opened it.",
    "wrong_item": "Another colour came than the one on the order.",
    "wrong_size": "Too small for what I need it for.",
    "not_wanted": "",
    "faulty": "It comes loose after a minute of use.",
}
# (reason, how far it goes, working days that it has been going on)
STORIES = (
    ("damaged", "applied", 0.3),
    ("wrong_size", "applied", 1.2),
    ("wrong_item", "asked", 2.0),
    ("not_wanted", "refusal_proposed", 2.5),
    ("faulty", "approved", 3.0),
    ("wrong_size", "received", 5.0),
    ("damaged", "inspected", 6.0),
    ("wrong_item", "refund_ordered", 8.0),
    ("damaged", "refunded", 10.0),
    ("not_wanted", "refused", 6.0),
    ("wrong_size", "withdrawn", 4.0),
)
ORDER = (
    "applied", "approved", "received", "inspected", "refund_ordered", "refunded",
)  # fmt: skip
NEEDS_PHOTO = ("damaged", "wrong_item", "faulty")


def lives(house: House, plans: list[Plan]) -> Iterator[Life]:
    """One life for each story, each on an order of its own that had arrived by its beginning."""
    free = [
        plan
        for plan in plans
        if plan.delivered_at is not None and plan.returned_at is None and plan.store == "us"
    ]
    free.sort(key=lambda plan: plan.delivered_at or house.present, reverse=True)
    for reason, goal, days in STORIES:
        start = house.desk_time(house.present, -days * DAY)
        plan = next((one for one in free if _fits(one, start)), None)
        if plan is None:
            continue
        free.remove(plan)
        yield _life(house, plan, reason, goal, start)


def _fits(plan: Plan, start: datetime) -> bool:
    """It had arrived, not long ago, and nobody knew it already as cancelled."""
    arrived = plan.delivered_at
    return (
        arrived is not None
        and plan.cancelled_at is None
        and start - timedelta(days=40) < arrived < start - timedelta(hours=3)
    )


def _life(house: House, plan: Plan, reason: str, goal: str, start: datetime) -> Life:
    yield start
    order = row_of(plan)
    if order.status != "delivered":
        return
    ret = _apply(house, order, reason)
    reviewers = house.members("aftersales")
    first, second = reviewers[0], reviewers[1]
    if goal in ("asked", "refusal_proposed", "refused", "withdrawn"):
        yield house.desk_time(start, 2 * HOUR)
        _aside(house, ret, goal, first, second)
        return
    for number, step in enumerate(ORDER[1 : ORDER.index(goal) + 1], 1):
        yield house.desk_time(start, number * 0.9 * DAY)
        _go(ret, step, first)


def _apply(house: House, order: Order, reason: str) -> Return:
    buyer = house.people[order.person_id]
    line = order.lines.order_by("position").first()
    assert line is not None
    photos = []
    if reason in NEEDS_PHOTO:
        for n in range(2):
            upload = SimpleUploadedFile(f"photo-{n + 1}.jpg", _picture(n))
            kept = actions.store_return_photo(actor=buyer, order=order, upload=upload)
            photos.append(kept.public_id)
    asked = Asked(line.position, 1, reason, WORDS[reason])
    return actions.apply_for_return(actor=buyer, order_id=order.pk, lines=[asked], photo_ids=photos)


def _picture(n: int) -> bytes:
    """A drawn picture of a cracked mug, in place of a photograph."""
    shade = 150 + 30 * n
    image = Image.new("RGB", (800, 600), (shade, shade - 20, shade - 40))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((260, 170, 520, 470), 30, (38, 96, 84))
    draw.ellipse((260, 140, 520, 210), (28, 74, 65))
    draw.arc((490, 230, 620, 400), 270, 90, (38, 96, 84), 26)
    draw.line([(330 + n * 40, 190), (370, 280), (340 + n * 20, 350), (400, 460)], (230, 232, 226), 6)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()


def _aside(house: House, ret: Return, goal: str, first: Actor, second: Actor) -> None:
    """What does not lead to money."""
    one = ret.public_id
    if goal == "asked":
        words = "Could you send a photograph of the label with the colour's name?"
        actions.ask_about_return(actor=first, ret=one, words=words)
    elif goal == "withdrawn":
        actions.withdraw_return(actor=house.people[ret.order.person_id], ret=one)
    else:
        words = "The photographs show marks of longer use, so it cannot be sold again. We are sorry."
        actions.propose_refusal(actor=first, ret=one, reason="used", words=words)
        if goal == "refused":
            actions.agree_to_refusal(actor=second, ret=one)


def _go(ret: Return, step: str, desk: Actor) -> None:
    one = ret.public_id
    if step == "approved":
        actions.approve_return(actor=desk, ret=one)
    elif step == "received":
        actions.receive_goods(actor=desk, ret=one)
    elif step == "inspected":
        found = [Checked(line.position, line.quantity, "damaged") for line in ret.lines.all()]
        actions.inspect_lines(actor=desk, ret=one, lines=found)
    elif step == "refund_ordered":
        fresh = Return.objects.select_related("order").get(pk=ret.pk)
        amounts = default_amounts(fresh, money_left(fresh.order))
        actions.order_refund(actor=desk, ret=one, amounts=amounts)
    else:
        refund = ret.refunds.get()
        actions.mark_refunded(actor=desk, refund=refund.public_id, reference=f"TX-{100_000 + ret.pk}")
