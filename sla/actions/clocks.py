"""What happens to the clocks of an owner. Call these in a transaction that holds the owner's lock.

Instants are aware; fractions of a second are cut off. Each function first settles what was already late by
then. An owner is (kind, id). Whatever changes is a ClockTransition row and one ClocksChanged for the owner.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.actors import Actor
from core.errors import Invalid
from sla import clocks, queries
from sla.actions._change import Change, insert_all, need_transaction, write_all
from sla.events import ClockMet
from sla.models import OPEN_STATES, CalendarVersion, Clock, ClockState, Target, Unit

Owner = tuple[str, int]
Facts = Mapping[str, str]
ENDED_BY_MEETING = (ClockState.MET, ClockState.LATE)


def start_clock(
    *,
    actor: Actor,
    owner: Owner,
    metric: str,
    facts: Facts,
    calendar_id: int,
    at: datetime,
    ref: int | None = None,
    due: datetime | None = None,
    reason: str = "",
) -> Clock | None:
    """Begin to count towards a promise made at `at`, on the calendar's current version.

    The first policy that matches the facts gives the target; no target, no clock: None. With `due`, the
    promise is that instant, and it warns when the policy's share (else 75 %) of the desk time to it is used;
    `reason` (a code, see `sla.reasons`) then says in the receipt why it is that one.
    A metric that is open already is returned as it runs: more messages neither restart nor extend it.
    Raises Invalid (`due`) when the promised instant does not lie ahead, NotFound for an unknown calendar.
    """
    need_transaction()
    at = clocks.whole(at)
    running = _open_clocks(owner, [metric]).first()
    if running is not None:
        return running
    target = queries.target_of(queries.match_policy(facts), metric)
    if target is None and due is None:
        return None
    version = queries.current_version(calendar_id)
    clock = clocks.draft(owner=owner, metric=metric, target=target, version=version, at=at)
    clock.facts, clock.ref = dict(facts), ref
    if due is not None:
        _promise_instant(clock, clocks.whole(due))
    insert_all(owner, [_begun(clock, actor, reason)])
    return clock


def start_clocks(
    *, actor: Actor, owner: Owner, metrics: Collection[str], facts: Facts, calendar_id: int, at: datetime
) -> list[Clock]:
    """`start_clock` for several metrics of one owner, which hears of them once. Gives those that began."""
    need_transaction()
    at = clocks.whole(at)
    running = {clock.metric for clock in _open_clocks(owner, metrics)}
    policy = queries.match_policy(facts)
    wanted = [(metric, queries.target_of(policy, metric)) for metric in metrics if metric not in running]
    if not any(target for _metric, target in wanted):
        return []
    version = queries.current_version(calendar_id)
    begun = []
    for metric, target in wanted:
        if target is not None:
            clock = clocks.draft(owner=owner, metric=metric, target=target, version=version, at=at)
            clock.facts = dict(facts)
            begun.append(_begun(clock, actor))
    insert_all(owner, begun)
    return [change.clock for change in begun]


def _begun(clock: Clock, actor: Actor, reason: str = "") -> Change:
    clocks.schedule(clock)
    change = Change(clock, actor)
    change.note("started", clock.started_at, reason=reason)
    return change


def _promise_instant(clock: Clock, due: datetime) -> None:
    if due <= clock.started_at:
        raise Invalid.field("due", _("The promised time must lie ahead."), code="past")
    clock.unit, clock.target, clock.min_target, clock.due = Unit.INSTANT, 0, 0, due


def meet_clock(*, actor: Actor, owner: Owner, metric: str, at: datetime, reason: str = "") -> Clock | None:
    """The promise was fulfilled at `at`: met, also exactly at due, else late. None when none was open.

    When the news comes after the breach was noticed but tells of an instant up to the due, the promise was
    kept: the clock is met and the breach taken back (its row stays).
    """
    need_transaction()
    at = clocks.whole(at)
    clock = _open_clocks(owner, [metric]).first()
    if clock is None:
        return None
    change = Change(clock, actor)
    change.settle(at)
    kept = clock.breached_at is None or _was_kept(clock, at)
    if kept:
        clock.breached_at = None
    _end(change, ClockState.MET if kept else ClockState.LATE, at)
    change.note("met", at, reason=reason)
    change.tell(ClockMet(clock.pk, clock.owner_kind, clock.owner_id, clock.metric, late=not kept))
    write_all(owner, [change])
    return clock


def _was_kept(clock: Clock, at: datetime) -> bool:
    """Whether a clock that counts as breached was in truth met in time. A target cut below what was used was not."""
    in_time = clock.due is not None and at <= clock.due
    return in_time and (not clocks.pauses(clock) or clocks.used_at(clock, at) <= clock.target)


def cancel_clocks(
    *, actor: Actor, owner: Owner, at: datetime, metrics: Iterable[str] | None = None, reason: str = ""
) -> list[Clock]:
    """The promises fall away (merged, spam, cancelled order, solved): no alarm afterwards. All, or some metrics."""
    need_transaction()
    at = clocks.whole(at)
    changes = _settled(actor, owner, metrics, at)
    for change in changes:
        _end(change, ClockState.CANCELLED, at)
        change.note("cancelled", at, reason=reason)
    return write_all(owner, changes)


def _end(change: Change, state: str, at: datetime) -> None:
    change.bank(at)
    clock = change.clock
    clock.state, clock.ended_at, clock.anchor = state, at, None
    clocks.aim(clock)


def pause_clocks(
    *, actor: Actor, owner: Owner, at: datetime, metrics: Iterable[str], reason: str = ""
) -> list[Clock]:
    """Stop counting; the desk seconds used so far are banked and there is no due until it resumes.

    A breach before `at` stands, with its due. Promises in days or by an instant never pause.
    """
    need_transaction()
    at = clocks.whole(at)
    changes = _settled(actor, owner, metrics, at)
    for change in changes:
        clock = change.clock
        if clock.state == ClockState.PAUSED or not clocks.pauses(clock):
            continue
        change.bank(at)
        clock.state, clock.anchor, clock.warn_at = ClockState.PAUSED, None, None
        if clock.breached_at is None:
            clock.due = None
        clocks.aim(clock)
        change.note("paused", at, reason=reason)
    return write_all(owner, changes)


def resume_clocks(
    *, actor: Actor, owner: Owner, at: datetime, metrics: Iterable[str], reason: str = ""
) -> list[Clock]:
    """Count on from `at` with what was consumed: paused clocks, and where a metric has no open clock the one
    that was met last (a reopened ticket: the time solved is not counted). Cancelled clocks stay cancelled.
    """
    need_transaction()
    at = clocks.whole(at)
    metrics = list(metrics)
    changes = _settled(actor, owner, metrics, at)
    opened = {change.clock.metric for change in changes}
    changes += [Change(clock, actor) for clock in _last_met(owner, [m for m in metrics if m not in opened])]
    for change in changes:
        if change.clock.state in (ClockState.PAUSED, *ENDED_BY_MEETING):
            _go_on(change, at, reason)
    return write_all(owner, changes)


def _go_on(change: Change, at: datetime, reason: str) -> None:
    clock = change.clock
    clock.state = ClockState.BREACHED if clock.breached_at else ClockState.RUNNING
    clock.anchor, clock.ended_at = at, None
    if clocks.pauses(clock):
        clock.calendar_version = queries.current_version(clock.calendar_version.calendar_id)
        if clock.breached_at is None:
            clocks.schedule(clock)
    clocks.aim(clock)
    change.note("resumed", at, reason=reason)


def retarget_clocks(
    *, actor: Actor, owner: Owner, facts: Facts, calendar_id: int, at: datetime, reason: str
) -> list[Clock]:
    """Priority, category, team or calendar changed: the policy and the hours of now rule, consumed time is kept.

    Already past under the new target: breached at the instant of the change, once. No target any more:
    cancelled. A clock that is breached, or due at an instant that a person was told, stays as it is.
    """
    need_transaction()
    at = clocks.whole(at)
    changes = _settled(actor, owner, None, at)
    policy = queries.match_policy(facts)
    version = queries.current_version(calendar_id)
    for change in changes:
        clock = change.clock
        if clock.breached_at is not None or clock.unit == Unit.INSTANT:
            continue
        clock.facts = dict(facts)
        target = queries.target_of(policy, clock.metric)
        if target is None:
            _end(change, ClockState.CANCELLED, at)
            change.note("cancelled", at, reason=reason)
        elif _differs(clock, target, version):
            _retarget(change, target, version, at, reason)
        else:
            Clock.objects.filter(pk=clock.pk).update(facts=clock.facts)
    return write_all(owner, changes)


def _differs(clock: Clock, target: Target, version: CalendarVersion) -> bool:
    return clock.policy_version_id != target.policy_version_id or clock.calendar_version_id != version.pk


def _retarget(change: Change, target: Target, version: CalendarVersion, at: datetime, reason: str) -> None:
    clock = change.clock
    change.bank(at)
    clocks.take_target(clock, target)
    clock.calendar_version = version
    if not clocks.pauses(clock):
        clock.consumed = 0
        if clock.state == ClockState.PAUSED:  # days are never paused
            clock.state, clock.anchor = ClockState.RUNNING, at
    if clock.state == ClockState.RUNNING:
        clocks.schedule(clock)
    past = clocks.is_past(clock, at)
    if not past and clocks.warning_lies_ahead(clock, at):
        clock.warned_at = None  # a new due, a new warning
        clocks.aim(clock)
    change.note("retargeted", at, reason=reason)
    if past:
        change.breach(at)


def _open_clocks(owner: Owner, metrics: Iterable[str] | None) -> QuerySet[Clock]:
    rows = Clock.objects.filter(owner_kind=owner[0], owner_id=owner[1], state__in=OPEN_STATES)
    if metrics is not None:
        rows = rows.filter(metric__in=list(metrics))
    return rows.select_related("calendar_version__calendar", "policy_version").order_by("id")


def _settled(actor: Actor, owner: Owner, metrics: Iterable[str] | None, at: datetime) -> list[Change]:
    changes = [Change(clock, actor) for clock in _open_clocks(owner, metrics)]
    for change in changes:
        change.settle(at)
    return changes


def _last_met(owner: Owner, metrics: list[str]) -> list[Clock]:
    """The newest clock of each metric, where that one was met and counts desk time."""
    if not metrics:
        return []
    rows = Clock.objects.filter(owner_kind=owner[0], owner_id=owner[1], metric__in=metrics)
    newest = {clock.metric: clock for clock in rows.select_related("calendar_version").order_by("id")}
    return [c for c in newest.values() if c.state in ENDED_BY_MEETING and clocks.pauses(c)]
