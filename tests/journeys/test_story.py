"""The story of one question on one order, told by four people side by side against the embedded shape."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.journeys import steps_later, steps_talk
from tests.journeys.conftest import People
from tests.journeys.story import Story
from tests.servers import Shop

pytestmark = pytest.mark.journey


def test_one_question_from_the_buyers_phone_to_the_managers_screen(
    shop: Shop, people: People, shot: Callable[[Page, str], None]
) -> None:
    Story.begin(shop, people, shot).tell(
        steps_talk.the_buyer_asks,
        steps_talk.the_agent_answers,
        steps_talk.the_clocks_tell,
        steps_talk.a_chat_survives_a_power_cut,
        steps_later.out_of_hours,
        steps_later.a_specialist_answers,
        steps_later.a_clock_runs_out,
        steps_later.a_visitor_asks,
    )
