"""What this room tells. Steps that lie further back than `NEWS_WINDOW` are history: kept, not announced."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

NEWS_WINDOW = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class OrderChanged:
    """Something about an order that exists changed: a step, a line, an address, a parcel."""

    order_id: int
    public_id: str = ""


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    order_id: int


@dataclass(frozen=True, slots=True)
class OrderShipped:
    order_id: int


@dataclass(frozen=True, slots=True)
class OrderDelivered:
    order_id: int


@dataclass(frozen=True, slots=True)
class OrderCancelled:
    order_id: int


@dataclass(frozen=True, slots=True)
class ParcelLate:
    """A parcel was found late or stuck: its kind (orders.watch.KINDS), and what is to be done (orders.watch.THEN)."""

    order_id: int
    finding_id: int
    kind: str
    then: str


@dataclass(frozen=True, slots=True)
class ParcelMoving:
    """What was wrong with a parcel is over. `by`: scan, delivered, order (it is over), rules (they changed)."""

    order_id: int
    finding_id: int
    kind: str
    by: str


@dataclass(frozen=True, slots=True)
class PromiseAtRisk:
    """A promise is about to break; the shop speaks first. `metric` is dispatch, delivery or refund, `due` UTC."""

    order_id: int
    metric: str
    due: datetime


@dataclass(frozen=True, slots=True)
class PromiseEnded:
    """A promise that the buyer was warned of has ended. `how`: kept, late, cancelled; `at` UTC, when it did."""

    order_id: int
    metric: str
    clock_id: int
    how: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ChangeStepped:
    """A proposed change went a step on (`step` as in its record's verb, `change.<step>`); `seq`: that row."""

    order_id: int
    proposal_id: int
    step: str
    seq: int


@dataclass(frozen=True, slots=True)
class ReturnStepped:
    """A return went a step on. `step` as in its record's verb (`return.<step>`), `seq` the row of the record."""

    order_id: int
    return_id: int
    step: str
    seq: int
