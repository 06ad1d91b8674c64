"""Calendars and policies: versions, what is refused and in which words, and what they answer."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.actors import SYSTEM, Actor
from core.errors import Forbidden, Invalid, NotFound
from sla import actions, queries
from sla.models import Calendar, CalendarVersion, Clock, Policy, PolicyVersion, Window
from tests.sla.kit import (
    ALWAYS,
    MANAGER,
    OFFICE,
    TARGETS,
    Desk,
    ny,
    save_nights,
    save_office,
    save_standard,
    save_urgent,
)

AGENT = Actor(kind="staff", id=8, role="agent")
pytestmark = pytest.mark.django_db


# Calendars -----------------------------------------------------------------------------------------------


def test_saving_writes_rows_and_a_version() -> None:
    calendar = save_office(
        actor=MANAGER,
        holidays=[(date(2026, 11, 26), "Thanksgiving")],
        special_days=[(date(2026, 12, 24), "Christmas Eve", [["09:00", "12:00"]])],
        holiday_country="US",
    )
    assert (calendar.version, calendar.holiday_country, calendar.windows.count()) == (1, "US", 5)
    version = queries.current_version(calendar.pk)
    assert (version.number, version.actor_kind, version.actor_id) == (1, "staff", 7)
    assert version.spec["weekly"]["mon"] == [["09:00", "18:00"]]
    assert version.spec["holidays"] == ["2026-11-26"]
    assert version.spec["extra"] == {"2026-12-24": [["09:00", "12:00"]]}
    assert version.spec["tzdata"]
    work = queries.work_calendar(version)
    assert not work.is_open(ny(26, 12))
    assert work is queries.work_calendar(version.pk)


def test_the_same_hours_keep_the_version_and_others_make_one() -> None:
    first = save_office()
    assert save_office(windows=list(reversed(OFFICE))).version == 1
    assert save_office(name="Head office").version == 1
    assert Calendar.objects.get(pk=first.pk).name == "Head office"
    assert save_office(holidays=[(date(2026, 11, 26), "Thanksgiving")]).version == 2
    assert list(CalendarVersion.objects.order_by("number").values_list("number", flat=True)) == [1, 2]
    assert CalendarVersion.objects.get(number=1).spec["holidays"] == []


BAD_CALENDARS: list[tuple[dict[str, Any], str, str]] = [
    ({"timezone": "America/Gotham"}, "timezone", "America/Gotham"),
    ({"timezone": ""}, "timezone", "time zone"),
    ({"windows": [(0, "09:00", "24:01")]}, "windows", "24:01"),
    ({"windows": [(0, "24:00", "06:00")]}, "windows", "24:00"),
    ({"windows": [(0, "9 am", "18:00")]}, "windows", "9 am"),
    ({"windows": [(0, "09:00", "09:00")]}, "windows", "empty"),
    ({"windows": [(7, "09:00", "18:00")]}, "windows", "weekday"),
    ({"windows": [OFFICE[0], OFFICE[0]]}, "windows", "twice"),
    ({"windows": []}, "windows", "never open"),
    ({"holidays": [(date(2026, 1, 1), "New Year"), (date(2026, 1, 1), "Again")]}, "holidays", "twice"),
    ({"holidays": [("1 January", "New Year")]}, "holidays", "1 January"),
    ({"special_days": [(date(2026, 1, 1), "", []), (date(2026, 1, 1), "", [])]}, "special_days", "twice"),
    ({"special_days": [(date(2026, 1, 1), "", [["9", "10:00"]])]}, "special_days", "9"),
    ({"holiday_country": "Atlantis"}, "holiday_country", "Atlantis"),
    ({"code": "two words"}, "code", "code"),
    ({"name": "  "}, "name", "name"),
]


@pytest.mark.parametrize(("changes", "field", "word"), BAD_CALENDARS)
def test_a_bad_calendar_is_refused_beside_its_field(changes: dict[str, Any], field: str, word: str) -> None:
    save_office()
    with pytest.raises(Invalid) as refused:
        save_office(**changes)
    assert list(refused.value.fields) == [field]
    assert word in str(refused.value.fields[field][0])
    assert (Calendar.objects.count(), CalendarVersion.objects.count(), Window.objects.count()) == (1, 1, 5)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        save_office(timezone="Nowhere", windows=[(0, "25:00", "26:00")], name="")
    assert set(refused.value.fields) == {"timezone", "windows", "name"}


def test_windows_over_midnight_and_overlaps_are_fine() -> None:
    calendar = save_office(windows=[(0, "22:00", "06:00"), (0, "23:00", "24:00")])
    assert queries.work_calendar(queries.current_version(calendar.pk)).is_open(ny(24, 3))


def test_only_managers_rule() -> None:
    for actor in (AGENT, Actor(kind="buyer", id=1)):
        with pytest.raises(Forbidden):
            save_office(actor=actor)
        with pytest.raises(Forbidden):
            save_standard(actor=actor)
    assert not Calendar.objects.exists()
    assert not Policy.objects.exists()


def test_country_holidays_are_shown_and_not_applied() -> None:
    found = dict(queries.country_holidays("US", [2026]))
    assert "Thanksgiving" in found[date(2026, 11, 26)]
    with pytest.raises(Invalid):
        queries.country_holidays("Atlantis", [2026])


def test_a_calendar_nobody_saved_is_not_found() -> None:
    with pytest.raises(NotFound):
        queries.current_version(0)


# Hours ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "is_open", "accepting", "closes", "opens"),
    [
        (ny(19, 20, 59, 59), False, False, None, ny(19, 21)),
        (ny(19, 21), True, True, ny(19, 23, 30), None),
        (ny(19, 23, 24, 59), True, True, ny(19, 23, 30), None),
        (ny(19, 23, 25), True, False, ny(19, 23, 30), ny(23, 1)),
        (ny(19, 23, 30), False, False, None, ny(23, 1)),
    ],
)
def test_hours_of_a_desk(
    at: datetime, is_open: bool, accepting: bool, closes: datetime | None, opens: datetime | None
) -> None:
    hours = queries.hours(save_nights().pk, at)
    assert (hours.is_open, hours.accepting, hours.closes_at, hours.opens_at) == (
        is_open,
        accepting,
        closes,
        opens,
    )
    assert hours.timezone == "America/New_York"


def test_a_desk_that_never_closes() -> None:
    calendar = actions.save_calendar(actor=SYSTEM, code="a", name="A", timezone="UTC", windows=ALWAYS)
    hours = queries.hours(calendar.pk, ny(19, 12))
    assert (hours.is_open, hours.accepting, hours.closes_at, hours.opens_at) == (True, True, None, None)
    days = queries.week(calendar.pk, ny(19, 12), "UTC")
    assert all(
        len(day.windows) == 1 and day.windows[0][1] - day.windows[0][0] == timedelta(1) for day in days
    )


def test_the_week_in_the_readers_zone() -> None:
    days = queries.week(save_nights().pk, ny(19, 12), "Asia/Shanghai")
    shanghai = ZoneInfo("Asia/Shanghai")
    assert [day.day for day in days] == [date(2026, 11, 20) + timedelta(days=n) for n in range(7)]
    assert days[0].windows == (
        (datetime(2026, 11, 20, 10, tzinfo=shanghai), datetime(2026, 11, 20, 12, 30, tzinfo=shanghai)),
    )
    assert [len(day.windows) for day in days] == [1, 0, 0, 1, 2, 2, 2]
    with pytest.raises(Invalid):
        queries.week(save_nights().pk, ny(19, 12), "Mars/Base")


# Policies ------------------------------------------------------------------------------------------------


def test_the_first_policy_that_matches_rules() -> None:
    save_standard()
    save_urgent()
    actions.save_policy(
        actor=SYSTEM,
        code="vip",
        name="VIP",
        position=5,
        match={"priority": ["urgent", "high"], "member_type": ["wholesaler"], "team": []},
        targets=TARGETS,
    )

    def rules(**facts: str) -> str:
        version = queries.match_policy(facts)
        assert version is not None
        return version.policy.code

    assert rules(priority="urgent", member_type="wholesaler") == "vip"
    assert rules(priority="urgent", member_type="retail") == "urgent"
    assert rules(priority="low", member_type="wholesaler") == "standard"
    assert rules() == "standard"


def test_without_policies_nothing_is_promised() -> None:
    assert queries.match_policy({"priority": "urgent"}) is None


def test_other_rules_make_a_version_and_the_same_ones_keep_it() -> None:
    save_standard()
    save_standard(targets=list(reversed(TARGETS)))
    assert Policy.objects.get().version == 1
    save_standard(targets=[{"metric": "resolution", "amount": 60}])
    version = queries.match_policy({})
    assert version is not None
    assert (version.number, [t.amount for t in version.targets.all()]) == (2, [60])
    assert PolicyVersion.objects.get(number=1).targets.count() == len(TARGETS)


def _target(**changes: Any) -> list[dict[str, Any]]:
    return [{"metric": "resolution", "amount": 60, **changes}]


BAD_POLICIES: list[tuple[dict[str, Any], str, str]] = [
    ({"targets": _target(amount=0)}, "targets", "resolution"),
    ({"targets": _target(amount=-5)}, "targets", "resolution"),
    ({"targets": _target(amount="2 h")}, "targets", "resolution"),
    ({"targets": _target(amount=None)}, "targets", "resolution"),
    ({"targets": _target(amount=True)}, "targets", "resolution"),
    ({"targets": _target(amount=10**12)}, "targets", "resolution"),
    ({"targets": _target(unit="instant")}, "targets", "instant"),
    ({"targets": _target(unit="fortnights")}, "targets", "fortnights"),
    ({"targets": _target(metric="happiness")}, "targets", "happiness"),
    ({"targets": _target(colour="red")}, "targets", "colour"),
    ({"targets": _target(min_amount=61)}, "targets", "least"),
    ({"targets": _target(warn_percent=100)}, "targets", "percent"),
    ({"targets": _target(cutoff="25:00")}, "targets", "cut-off"),
    ({"targets": _target() * 2}, "targets", "two targets"),
    ({"targets": []}, "targets", "at least one"),
    ({"targets": [*_target(), {"metric": "first_response", "amount": 61}]}, "targets", "later"),
    ({"match": {"colour": ["red"]}}, "match", "colour"),
    ({"match": {"priority": [""]}}, "match", "codes"),
    ({"match": {"priority": ["urgent"]}}, "match", "last resort"),
    ({"position": -1}, "position", "whole number"),
    ({"code": "a b"}, "code", "code"),
    ({"code": "other"}, "position", "Another"),
    ({"code": "other", "position": 101}, "match", "already"),
    ({"code": "other", "position": 101, "match": {"team": ["x"]}}, "position", "never be tried"),
]


@pytest.mark.parametrize(("changes", "field", "word"), BAD_POLICIES)
def test_a_bad_policy_is_refused_beside_its_field(changes: dict[str, Any], field: str, word: str) -> None:
    save_standard()
    with pytest.raises(Invalid) as refused:
        save_standard(**changes)
    assert list(refused.value.fields) == [field]
    assert word in str(refused.value.fields[field][0])
    assert (Policy.objects.count(), PolicyVersion.objects.count()) == (1, 1)
    assert Policy.objects.get().version == 1


def test_the_last_resort_comes_first_and_stays_last() -> None:
    with pytest.raises(Invalid) as refused:
        save_urgent()
    assert refused.value.code == "no_last_resort"
    save_standard()
    save_urgent()
    with pytest.raises(Invalid) as refused:
        save_standard(position=1)
    assert refused.value.code == "not_last"


# Quotes and reads ----------------------------------------------------------------------------------------


def test_a_quote_is_the_due_of_the_clock_that_would_start(desk: Desk) -> None:
    for metric in ("first_response", "dispatch", "privacy"):
        quote = queries.quote(facts={}, calendar_id=desk.calendar.pk, metric=metric, at=ny(19, 17))
        assert not Clock.objects.filter(metric=metric).exists()
        clock = desk.start(metric, ny(19, 17))
        assert (quote.due, quote.target, quote.unit) == (clock.due, clock.target, clock.unit)
        assert quote.policy_version_id == clock.policy_version_id
        assert quote.calendar_version_id == clock.calendar_version_id
    assert quote.policy_name == "Standard"
    assert queries.quote(facts={}, calendar_id=desk.calendar.pk, metric="refund", at=ny(19, 17)) is None


def test_open_clocks_of_many_owners_cost_one_query(desk: Desk) -> None:
    desk.start("resolution", ny(19, 10))
    desk.start("first_response", ny(19, 10))
    desk.start("next_response", ny(19, 10))
    desk.pause(ny(19, 11), "resolution")
    desk.meet("next_response", ny(19, 11))
    with CaptureQueriesContext(connection) as seen:
        found = queries.open_clocks("test", [desk.owner_id, 999])
        assert [c.metric for c in found[desk.owner_id]] == ["first_response", "resolution"]
        assert [c.calendar_version.calendar.code for c in found[desk.owner_id]] == ["office", "office"]
    assert len(seen) == 1
    assert found[999] == []
    assert [c.metric for c in queries.clocks_of("test", desk.owner_id)] == [
        "resolution",
        "first_response",
        "next_response",
    ]


def test_starting_a_clock_has_a_query_budget(desk: Desk) -> None:
    with desk.locked(), CaptureQueriesContext(connection) as seen:
        actions.start_clock(
            actor=SYSTEM,
            owner=desk.owner,
            metric="resolution",
            facts={},
            calendar_id=desk.calendar.pk,
            at=ny(19, 10),
        )
    assert len(seen) <= 6
    with desk.locked(), CaptureQueriesContext(connection) as seen:
        actions.meet_clock(
            actor=SYSTEM, owner=desk.owner, metric="resolution", at=ny(19, 10) + timedelta(hours=1)
        )
    assert len(seen) <= 3
