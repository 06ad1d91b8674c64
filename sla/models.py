"""When: calendars, policies and clocks. Nothing here knows a ticket, an order or a person."""

from __future__ import annotations

from django.db import models


class Calendar(models.Model):
    """The hours of a desk or a store. Its rows are what a manager edits; sums run on a version."""

    code = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    timezone = models.CharField(max_length=64)
    holiday_country = models.CharField(max_length=8, blank=True)
    version = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class Window(models.Model):
    """A weekly window, wall clock. `end` before `start` runs over midnight; "24:00" is a legal end."""

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="windows")
    weekday = models.PositiveSmallIntegerField()  # 0 = Monday
    start = models.CharField(max_length=5)
    end = models.CharField(max_length=5)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["calendar", "weekday", "start", "end"], name="window_once"),
            models.CheckConstraint(condition=models.Q(weekday__lte=6), name="window_weekday"),
        ]


class Holiday(models.Model):
    """A closed local date, all of it and nothing else."""

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="holidays")
    day = models.DateField()
    name = models.CharField(max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["calendar", "day"], name="holiday_once")]


class SpecialDay(models.Model):
    """A date whose windows replace weekly windows and holiday; an empty list is closed."""

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="special_days")
    day = models.DateField()
    name = models.CharField(max_length=100, blank=True)
    windows = models.JSONField(default=list)  # [["09:00", "12:00"], …]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["calendar", "day"], name="special_day_once")]


class CalendarVersion(models.Model):
    """What a calendar was at one time; never edited. `spec`: timezone, weekly, holidays, extra, tzdata."""

    calendar = models.ForeignKey(Calendar, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    spec = models.JSONField()
    created_at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["calendar", "number"], name="calendar_version_once")]


class DeskClosing(models.Model):
    """A desk closed by hand, with notice; written into the calendar as special days until it is taken back.

    `days`: {date: {"before": [name, windows] or null, "after": [name, windows]}}, the special day of each date that
    was touched as it was and as the closing left it.
    """

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="closings")
    starts_at = models.DateTimeField()
    until = models.DateTimeField()
    reason = models.CharField(max_length=100)
    days = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    ended_at = models.DateTimeField(null=True)  # taken back, or followed by another one

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["calendar"], condition=models.Q(ended_at=None), name="desk_closing_one_live"
            )
        ]


class Metric(models.TextChoices):
    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    RESOLUTION = "resolution"
    ESCALATION_ANSWER = "escalation_answer"
    CHAT_PICKUP = "chat_pickup"
    DISPATCH = "dispatch"
    DELIVERY = "delivery"
    REFUND = "refund"
    VERIFICATION = "verification"
    PRIVACY = "privacy"


class Unit(models.TextChoices):
    DESK_SECONDS = "desk_seconds"
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    INSTANT = "instant"  # due at the instant that a person was told


class Policy(models.Model):
    """Tried in order of position; a blank match field matches everything. The last one is the last resort."""

    code = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    position = models.PositiveIntegerField(unique=True)
    version = models.PositiveIntegerField(default=0)
    active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class PolicyVersion(models.Model):
    """What a policy was at one time. `match`: {category, priority, channel, member_type, team, store: [codes]}."""

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    match = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["policy", "number"], name="policy_version_once")]


class Target(models.Model):
    """How long a metric may take under one version of a policy."""

    policy_version = models.ForeignKey(PolicyVersion, models.CASCADE, related_name="targets")
    metric = models.CharField(max_length=24, choices=Metric.choices)
    amount = models.PositiveIntegerField()
    unit = models.CharField(max_length=16, choices=Unit.choices, default=Unit.DESK_SECONDS)
    min_amount = models.PositiveIntegerField(default=0)
    cutoff = models.CharField(max_length=5, default="close")
    warn_percent = models.PositiveSmallIntegerField(default=75)
    # [{"after": desk seconds past the due, "act": tell|reassign|priority|escalate, "to": whom or what}], in order
    levels = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["policy_version", "metric"], name="target_once"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="target_positive"),
            models.CheckConstraint(
                condition=models.Q(warn_percent__gte=1, warn_percent__lte=99), name="target_warn_percent"
            ),
        ]


class ClockState(models.TextChoices):
    RUNNING = "running"
    PAUSED = "paused"
    BREACHED = "breached"  # still running, past its due
    MET = "met"
    LATE = "late"  # met after due
    CANCELLED = "cancelled"


OPEN_STATES = (ClockState.RUNNING, ClockState.PAUSED, ClockState.BREACHED)
TICKING_STATES = (ClockState.RUNNING, ClockState.BREACHED)


class Clock(models.Model):
    """One promise. `due = add(anchor, target - consumed)` in desk time; stored, never computed in a list.

    `facts` are what the policy matched: category, priority, channel, member_type, team, store.
    `ref` ties it to what it is about (a message's or an escalation's id).
    `levels` are its target's; the first `levels_fired` of them were told for the due `levels_due`.
    """

    owner_kind = models.CharField(max_length=20)
    owner_id = models.BigIntegerField()
    metric = models.CharField(max_length=24, choices=Metric.choices)
    facts = models.JSONField(default=dict)
    ref = models.BigIntegerField(null=True)
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, null=True, related_name="+")
    calendar_version = models.ForeignKey(CalendarVersion, models.PROTECT, related_name="+")
    unit = models.CharField(max_length=16, choices=Unit.choices, default=Unit.DESK_SECONDS)
    target = models.PositiveIntegerField(default=0)  # seconds or days; 0 for an instant
    min_target = models.PositiveIntegerField(default=0)
    cutoff = models.CharField(max_length=5, default="close")
    warn_percent = models.PositiveSmallIntegerField(default=75)
    state = models.CharField(max_length=10, choices=ClockState.choices, default=ClockState.RUNNING)
    consumed = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    anchor = models.DateTimeField(null=True)  # null while paused
    due = models.DateTimeField(null=True)
    warn_at = models.DateTimeField(null=True)
    next_fire_at = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    fire_failures = models.PositiveSmallIntegerField(
        default=0
    )  # rounds that failed on it; the next waits longer
    levels = models.JSONField(default=list)
    levels_fired = models.PositiveSmallIntegerField(default=0)
    levels_due = models.DateTimeField(null=True)
    breach_used = models.PositiveIntegerField(default=0)  # desk seconds used at the breach: levels count on

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner_kind", "owner_id", "metric"],
                condition=models.Q(state__in=[s.value for s in OPEN_STATES]),
                name="clock_one_open",
            )
        ]
        indexes = [
            models.Index(
                fields=["next_fire_at", "id"],
                name="clock_next_fire",
                condition=models.Q(next_fire_at__isnull=False),
            ),
            models.Index(fields=["owner_kind", "owner_id"], name="clock_owner"),
            models.Index(fields=["metric", "state", "due"], name="clock_metric_state_due"),
            models.Index(fields=["metric", "ended_at"], name="clock_metric_ended"),
            models.Index(
                fields=["metric", "breached_at"],
                name="clock_metric_breached",
                condition=models.Q(breached_at__isnull=False),
            ),
        ]

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


class ClockTransition(models.Model):
    """One row for each change of a clock, stamped with the true instant."""

    clock = models.ForeignKey(Clock, models.CASCADE, related_name="transitions")
    at = models.DateTimeField()
    verb = models.CharField(
        max_length=20
    )  # started warned breached escalated paused resumed met cancelled retargeted moved recounted
    state = models.CharField(max_length=10)
    due = models.DateTimeField(null=True)
    consumed = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=200, blank=True)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    # The hours that count from this row on; unindexed, since it is only read by clock.
    calendar_version = models.ForeignKey(
        CalendarVersion, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    counted_from = models.DateTimeField(null=True)  # of a recount: since when the hours were applied

    class Meta:
        indexes = [models.Index(fields=["clock", "id"], name="transition_clock")]


class Recompute(models.Model):
    """Hours applied from a date in the past, because a manager said so: what was asked, how far it is."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="recomputes")
    version = models.ForeignKey(CalendarVersion, models.CASCADE, related_name="+")  # the hours applied
    from_at = models.DateTimeField()
    reason = models.CharField(max_length=200)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField()  # the instant at which it takes effect
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    total = models.PositiveIntegerField(default=0)  # open clocks of the calendar when it was asked
    seen = models.PositiveIntegerField(default=0)
    moved = models.PositiveIntegerField(default=0)  # their count or their due changed
    breached = models.PositiveIntegerField(default=0)  # late by the hours applied, or meanwhile
    stayed = models.PositiveIntegerField(default=0)  # broken before: what was told stands
    failed = models.PositiveIntegerField(default=0)
    last_clock = models.BigIntegerField(default=0)  # clocks up to this id had their turn: where to go on
    left = models.JSONField(default=list)  # ids of those that somebody else held: one by one, before the next

    class Meta:
        indexes = [models.Index(fields=["calendar", "-id"], name="recompute_calendar")]
