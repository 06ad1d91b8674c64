"""Which orders and talks the last ninety days held. Drawn once from a fixed seed, told relative to the present."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from helpdesk.demo.goods import BY_SKU
from helpdesk.demo.house import HOUR, House
from helpdesk.demo.lives import DAY, Plan, draw_line, draw_lines, go_on_from, without
from helpdesk.demo.people import Buyer
from helpdesk.demo.stories import Story
from helpdesk.demo.talks import Talk, talks

ORDERS, TICKETS, CHATS, LEFT = 400, 96, 44, 6
SPAN = timedelta(days=90)
CLOSELY = timedelta(days=30)  # younger orders are told step by step, so that their promises ran as clocks
AT_RISK, BROKEN = 5, 3  # orders of each promise that are about to break it, or just did


# Orders ----------------------------------------------------------------------------------------------------


def orders(house: House, buyers: list[Buyer]) -> list[Plan]:
    """All orders, numbered in the order in which they were placed; the first buyer's are known ones."""
    plans = [*known(house, buyers[0]), *troubled(house, buyers)]
    while len(plans) < ORDERS:
        plans.append(drawn(house, house.rng.choice(buyers[1:])))
    plans.sort(key=lambda plan: plan.placed)
    count = {"us": 1500, "jp": 5200}  # below 2001, where the usual export of a young shop begins
    for plan in plans:
        count[plan.store] += 1
        plan.number = str(count[plan.store]) if plan.store == "us" else f"J{count[plan.store]}"
        plan.at_once = plan.steps(house.present)[-1] < house.present - CLOSELY
    return plans


def _paid(house: House, buyer: Buyer, paid: datetime, store: str = "") -> Plan:
    placed = paid - timedelta(minutes=house.rng.uniform(1, 25))
    shop = store or ("jp" if house.rng.random() < 0.32 else "us")
    return Plan(buyer, shop, placed, draw_lines(house), paid_at=paid)


def drawn(house: House, buyer: Buyer) -> Plan:
    """An order of anybody, somewhere in the ninety days, a little more often in the younger ones."""
    rng = house.rng
    age = SPAN * (1 - rng.betavariate(1.25, 1.0))
    plan = _paid(house, buyer, max(house.present - age, house.present - SPAN) - timedelta(minutes=30))
    fate = rng.random()
    if fate < 0.03:
        plan.paid_at = None
        if age > timedelta(days=3):
            plan.cancelled_at = plan.placed + timedelta(days=3)
        return plan
    slow = rng.random() < 0.045
    dispatch = rng.uniform(2.9, 3.6) * DAY if slow else rng.triangular(0.35, 2.2, 1.1) * DAY
    deliver = (rng.uniform(10.2, 13.5) if rng.random() < 0.06 else rng.triangular(4, 9, 6)) * DAY
    go_on_from(house, plan, dispatch=dispatch, deliver=deliver)
    if fate < 0.09:
        cancelled = house.desk_time(plan.paid_at or plan.placed, rng.uniform(0.05, 0.3) * DAY)
        plan = without(plan, "reviewed_at", "dispatched_at")
        plan.cancelled_at = cancelled
    elif fate < 0.14 and plan.delivered_at:
        plan.returned_at = house.desk_time(plan.delivered_at, rng.uniform(6, 16) * DAY)
    return plan


def troubled(house: House, buyers: list[Buyer]) -> Iterator[Plan]:
    """Orders whose promises are about to break, or broke, just now; and some that are not paid yet."""
    rng, some = house.rng, house.rng.sample(buyers[1:], 4 * BROKEN + 4 * AT_RISK)
    for paid in _made_promises(house, days=3):
        plan = _paid(house, some.pop(), paid)
        go_on_from(house, plan, dispatch=9 * DAY, deliver=8 * DAY)
        plan.reviewed_at = house.desk_time(paid, rng.uniform(0.5, 4) * HOUR)
        yield without(plan, "dispatched_at")
    for sent in _made_promises(house, days=12):
        plan = _paid(house, some.pop(), house.desk_time(sent, -rng.uniform(0.8, 1.6) * DAY))
        assert plan.paid_at
        go_on_from(house, plan, dispatch=house.office.between(plan.paid_at, sent), deliver=20 * DAY)
        yield without(plan, "delivered_at")
    for _n in range(4):
        plan = _paid(house, some.pop(), house.present - timedelta(hours=rng.uniform(0.5, 40)))
        plan.paid_at = None
        yield plan


def _made_promises(house: House, *, days: int) -> list[datetime]:
    """Since when promises of so many working days would be in their last quarter, or just past their due."""
    late, soon = [], []
    for hours in range(1, days * 50 + 60):
        made = house.present - timedelta(hours=hours)
        due = house.office.promise_due(made, days)
        if due <= house.present:
            late.append(made)
        elif house.office.between(made, house.present) >= 0.75 * house.office.between(made, due):
            soon.append(made)
    return [*_spread(soon, AT_RISK), *_spread(late[:40], BROKEN)]


def _spread(moments: list[datetime], count: int) -> list[datetime]:
    """So many of them, evenly; fewer where there are fewer."""
    step = max(1, len(moments) // count)
    return moments[::step][:count]


def known(house: House, buyer: Buyer) -> Iterator[Plan]:
    """The first buyer's orders: one of each status that the help centre explains."""
    present = house.present

    def plan(paid: datetime, *goods: tuple[str, str], store: str = "us") -> Plan:
        made = _paid(house, buyer, paid, store)
        made.lines = tuple(draw_line(house, BY_SKU[sku], variant) for sku, variant in goods)
        return made

    def days(count: float) -> datetime:
        return house.desk_time(present, -count * DAY)

    fresh = plan(present - timedelta(hours=2), ("ML-TOTE-01", "Indigo"))
    fresh.paid_at = None
    yield fresh
    shelf = plan(days(1.3), ("ML-SHRT-06", "Blue / M"))
    go_on_from(house, shelf, dispatch=2.4 * DAY, deliver=6 * DAY)
    yield shelf
    way = plan(days(6.5), ("ML-TEA-03", "Black"), ("ML-BOWL-04", "Ink"))
    go_on_from(house, way, dispatch=1.1 * DAY, deliver=8 * DAY)
    yield way
    there = plan(days(12), ("ML-MUG-02", "Blue"), ("ML-TOWL-13", "Waves"))
    go_on_from(house, there, dispatch=1.0 * DAY, deliver=6 * DAY)
    yield there
    old = plan(days(38), ("ML-LAMP-11", "Round"), store="jp")
    go_on_from(house, old, dispatch=1.5 * DAY, deliver=7 * DAY)
    yield old
    off = plan(days(24), ("ML-UMBR-22", "Navy"))
    off.cancelled_at = house.desk_time(off.paid_at or off.placed, 1.5 * HOUR)
    yield off
    back = plan(days(47), ("ML-KIMO-05", "Grey / L"))
    go_on_from(house, back, dispatch=1.2 * DAY, deliver=6 * DAY)
    back.returned_at = house.desk_time(back.delivered_at or back.placed, 9 * DAY)
    yield back


# Talks -------------------------------------------------------------------------------------------------------


def history(house: House, plans: list[Plan], buyers: list[Buyer]) -> Iterator[tuple[str, Story]]:
    """What was asked and answered: ("ticket" | "chat" | "left", story)."""
    written = [talk for talk in talks() if talk.where == "ticket"]
    spoken = [talk for talk in talks() if talk.where == "chat"]
    for number in range(TICKETS):
        yield "ticket", _story(house, written[number % len(written)], plans, buyers)
    for number in range(CHATS):
        yield "chat", _chat(house, spoken[number % len(spoken)], plans, buyers)
    with_order = [talk for talk in spoken if talk.phase != "none"]
    for number in range(LEFT):
        yield "left", _chat(house, with_order[number % len(with_order)], plans, buyers)


def _story(house: House, talk: Talk, plans: list[Plan], buyers: list[Buyer]) -> Story:
    rng = house.rng
    slow = rng.choices((1.0, 1.7, 2.8), (84, 12, 4))[0]
    if talk.phase == "none":
        at = house.present - timedelta(days=rng.uniform(3, 88))
        return Story(talk, rng.choice(_speaking(buyers, talk)), _by_day(house, at), slow=slow)
    plan, at = _order_in(house, plans, talk)
    priority = rng.choices(("", "high", "urgent"), (84, 11, 5))[0]
    return Story(talk, plan.buyer, at, plan, slow=slow, priority=priority)


def _speaking(buyers: list[Buyer], talk: Talk) -> list[Buyer]:
    return [one for one in buyers if talk.language == "en" or one.person.language == talk.language]


def _by_day(house: House, at: datetime) -> datetime:
    """Questions come at all hours, but more of them while New York is awake."""
    if house.rng.random() < 0.35 or house.office.is_open(at):
        return at
    opening = house.office.next_open(at) or at
    return min(opening + timedelta(hours=house.rng.triangular(-2, 9, 3)), house.present)


def _order_in(house: House, plans: list[Plan], talk: Talk) -> tuple[Plan, datetime]:
    """An order, and an instant at which it stood where the talk is about; told step by step from now on."""
    rng = house.rng
    while True:
        plan = rng.choice(plans)
        if talk.language in ("es", "zh-hans") and plan.buyer.person.language != talk.language:
            continue
        if talk.language == "ar" and plan.buyer.code != "m.alsharif":
            continue
        stretch = _stretch(plan, talk.phase, house.present)
        if stretch is None:
            continue
        first, last = stretch
        plan.at_once = False
        at = first + (last - first) * rng.uniform(0.1, 0.9)
        by_day = _by_day(house, at)
        return plan, by_day if by_day < last else at


def _stretch(plan: Plan, phase: str, present: datetime) -> tuple[datetime, datetime] | None:
    """From when until when an order stands in a phase."""
    end = plan.cancelled_at or plan.returned_at or present
    first, last = {
        "paid": (plan.paid_at, plan.dispatched_at),
        "way": (plan.dispatched_at, plan.delivered_at),
        "delivered": (plan.delivered_at, plan.delivered_at and plan.delivered_at + timedelta(days=20)),
        "any": (plan.paid_at, plan.paid_at and plan.paid_at + timedelta(days=10)),
    }[phase]
    if first is None or last is None:
        return None
    last = min(last, end, present - timedelta(days=2))
    return (first, last) if last - first > timedelta(hours=3) else None


def _chat(house: House, talk: Talk, plans: list[Plan], buyers: list[Buyer]) -> Story:
    rng = house.rng
    slow = 3.0 if rng.random() < 0.12 else 1.0
    if talk.phase != "none":
        plan, at = _order_in(house, plans, talk)
        return Story(talk, plan.buyer, at, plan, team="orderhelp", slow=slow)
    opening = house.nights.next_open(house.present - timedelta(days=rng.uniform(2, 88))) or house.present
    closing = house.nights.next_close(opening) or opening
    at = opening + (closing - opening - timedelta(minutes=25)) * rng.random()
    return Story(talk, rng.choice(buyers[1:]), at, team="presales", slow=slow)
