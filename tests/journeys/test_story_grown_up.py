"""The parts of the story that need two processes to agree, on PostgreSQL and Redis: the buyer is served by one
daphne, staff by another, clocks by a worker."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.journeys import steps_later, steps_talk
from tests.journeys.conftest import People
from tests.journeys.story import Story
from tests.servers import Shop

pytestmark = [
    pytest.mark.journey,
    pytest.mark.nightly,
]  # the sharp faults and the other journeys stand for it by day


def test_two_servers_and_a_worker_tell_one_story(
    grown_up: Shop, people: People, shot: Callable[[Page, str], None]
) -> None:
    Story.begin(grown_up, people, shot).tell(
        steps_talk.the_buyer_asks,
        steps_talk.the_agent_answers,
        steps_talk.a_chat_survives_a_power_cut,
        steps_later.out_of_hours,
        steps_later.a_clock_runs_out,
    )
