"""Saving is a second step: only what was looked at, only over what it was made from."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from core.actors import SYSTEM
from sla.actions import save_calendar
from sla.models import Calendar
from tests.factories import House, actor, make_buyer, make_ticket
from tests.rules.conftest import TICKETS, Form, form_of, saved, slot, with_window


def looked_at(client: Client, form: Form) -> Any:
    """The panel of effects."""
    response = client.post(TICKETS, {**form, "op": "effects"})
    assert response.status_code == 200
    return response.context["effects"]


def shorter(client: Client) -> Form:
    """Every day two hours less."""
    return form_of(client, w_end=["16:00"] * 5)


def test_effects_are_told_with_samples(manager: Client) -> None:
    ticket = make_ticket(make_buyer())
    panel = looked_at(manager, shorter(manager))
    assert panel.kind == "ready"
    # Resolution, 24 h of nine a day; the first response, 4 h, stays within today's hours.
    assert (panel.effects.moving, panel.effects.later, panel.effects.newly_late) == (1, 1, 0)
    assert [one.url for one in panel.samples] == [f"/console/t/{ticket.pk}/"]
    assert (panel.samples[0].metric, panel.samples[0].new_due > panel.samples[0].old_due) == (
        "Resolution",
        True,
    )
    assert [line.text for line in panel.changes[:2]] == ["Monday 09:00–18:00", "Monday 09:00–16:00"]
    assert len(saved().windows) == 5 and saved().windows[0][2] == "18:00"


def test_a_holiday_today_closes_the_desk_at_once(manager: Client) -> None:
    panel = looked_at(manager, form_of(manager, h_day=["2026-11-10"], h_name=["A day off"]))
    assert panel.turn == "It is open now and closes with saving."


def test_saving_is_a_second_step_and_makes_a_version(house: House, manager: Client) -> None:
    form = shorter(manager)
    panel = looked_at(manager, form)
    response = manager.post(TICKETS, {**form, "op": "save", "seen": panel.seen})
    assert response.headers["HX-Redirect"] == TICKETS
    calendar = Calendar.objects.get(code="tickets-ny")
    version = calendar.versions.get(number=2)
    assert (calendar.version, version.actor_id) == (2, house.manager.pk)
    assert version.spec["weekly"]["mon"] == [["09:00", "16:00"]]
    page = manager.get(TICKETS, headers={"HX-Request": ""}).content.decode()
    assert "is at version 2" in page and "Monday 09:00–16:00" in page and "Max Weber" in page


@pytest.mark.parametrize("seen", ["", "0" * 24])
def test_what_was_not_looked_at_is_not_saved(manager: Client, seen: str) -> None:
    response = manager.post(TICKETS, {**shorter(manager), "op": "save", "seen": seen})
    assert response.status_code == 200 and response.context["effects"].kind == "ready"
    assert saved().windows[0][2] == "18:00"


def test_a_look_that_is_out_of_date_is_taken_off_the_page(manager: Client) -> None:
    form = shorter(manager)
    seen = looked_at(manager, form).seen
    fresh = manager.post(TICKETS, {**form, "op": "week", "seen": seen}).content.decode()
    stale = manager.post(
        TICKETS, {**form, "w_end": ["15:00"] * 5, "op": "week", "seen": seen}
    ).content.decode()
    assert 'id="effects"' not in fresh
    assert 'id="effects"' in stale and "See what saving changes" in stale


def test_somebody_saved_meanwhile(house: House, manager: Client) -> None:
    form = shorter(manager)
    seen = looked_at(manager, form).seen
    _rival(house, ["08:00", "18:00"])
    response = manager.post(TICKETS, {**form, "op": "save", "seen": seen})
    panel = response.context["effects"]
    body = response.content.decode()
    assert (response.status_code, panel.kind) == (409, "other")
    assert "Ada Root saved version 2" in body and "Nothing you typed is lost" in body
    assert saved().windows[0][1:] == ("08:00", "18:00")
    # Said again, in full knowledge: it is saved over theirs.
    again = {**form, "op": "save", "seen": panel.seen, "based_on": panel.based_on}
    assert manager.post(TICKETS, again).headers["HX-Redirect"] == TICKETS
    assert saved().windows[0][1:] == ("09:00", "16:00")


def _rival(house: House, hours: list[str]) -> None:
    save_calendar(
        actor=actor(house.admin),
        code="tickets-ny",
        name="tickets-ny",
        timezone="America/New_York",
        windows=[(day, *hours) for day in range(5)],  # type: ignore[misc]
    )


def test_the_warning_of_a_change_of_clocks(manager: Client) -> None:
    form = with_window(form_of(manager), 6, "02:30", "04:00")
    assert looked_at(manager, form).warnings


def test_only_names_changed(manager: Client) -> None:
    form = form_of(manager, name="Desk hours")
    panel = looked_at(manager, form)
    assert not panel.makes_version
    manager.post(TICKETS, {**form, "op": "save", "seen": panel.seen})
    assert saved().name == "Desk hours"


# --- a new one --------------------------------------------------------------------------------------------------
NEW = "/rules/new-calendar/"


def make(client: Client, form: Form) -> Any:
    """Look at a new calendar's effects, then make it."""
    seen = client.post(NEW, {**form, "op": "effects"}).context["effects"].seen
    return client.post(NEW, {**form, "op": "save", "seen": seen})


def test_a_new_one_takes_its_code_from_its_name(manager: Client) -> None:
    response = make(manager, form_of(manager, NEW, name="Night desk, Osaka", timezone="Asia/Tokyo"))
    assert response.headers["HX-Redirect"] == "/rules/calendars/night-desk-osaka/"
    assert saved("night-desk-osaka").timezone == "Asia/Tokyo"


def test_a_duplicate_begins_with_the_rows(manager: Client) -> None:
    form = form_of(manager, NEW + "?from=presales-ny")
    assert form["name"] == "presales-ny, copy" and len(form["w_day"]) == 8
    assert make(manager, form).headers["HX-Redirect"] == "/rules/calendars/presales-ny-copy/"


def test_a_code_that_is_taken(manager: Client) -> None:
    form = form_of(manager, NEW, name="Mine", code="tickets-ny")
    response = manager.post(NEW, {**form, "op": "effects"})
    assert response.status_code == 400
    assert "Another calendar has this code already." in slot(response.content.decode(), "f-code")
    assert saved().name == "tickets-ny"


def test_a_code_that_is_taken_between_the_two_steps(manager: Client) -> None:
    form = form_of(manager, NEW, name="Mine", code="mine")
    seen = manager.post(NEW, {**form, "op": "effects"}).context["effects"].seen
    save_calendar(actor=SYSTEM, code="mine", name="Theirs", timezone="UTC", windows=[(0, "09:00", "10:00")])
    response = manager.post(NEW, {**form, "op": "save", "seen": seen})
    assert response.status_code == 400
    assert saved("mine").name == "Theirs"
