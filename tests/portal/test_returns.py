"""A buyer's return in the portal: the form without script, what is kept, its page, who may look."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from core import outbox
from orders import actions
from orders.models import Return, ReturnPhoto
from tests.factories import log_in, make_buyer
from tests.orders.returning import Goods, make_goods, photo_file

pytestmark = pytest.mark.django_db
TYPED = {"take_1": "on", "pieces_1": "2", "reason_1": "damaged", "words_1": "Both handles are off."}


@pytest.fixture
def goods(settings: Any, tmp_path: Any) -> Goods:
    settings.MEDIA_ROOT = str(tmp_path)
    return make_goods()


@pytest.fixture
def buyer(goods: Goods) -> Client:
    return log_in(Client(), goods.buyer)


def form(goods: Goods) -> str:
    return f"/orders/{goods.order.public_id}/return/"


def test_the_order_leads_to_the_form(goods: Goods, buyer: Client) -> None:
    assert form(goods) in buyer.get(f"/orders/{goods.order.public_id}/").content.decode()
    text = buyer.get(form(goods)).content.decode()
    assert "Camp mug" in text and 'name="take_1"' in text and "2 pieces can go back" in text


def test_looked_over_and_sent_without_script(goods: Goods, buyer: Client) -> None:
    check = buyer.post(form(goods), {**TYPED, "op": "check", "files": [photo_file(), photo_file("b.jpg")]})
    text = check.content.decode()
    assert check.status_code == 200 and "Is this right?" in text and text.count("/returns/photos/") == 2
    assert not Return.objects.exists() and ReturnPhoto.objects.count() == 2
    photos = list(ReturnPhoto.objects.values_list("public_id", flat=True))
    sent = {**TYPED, "op": "send", "photo": photos, "client_id": str(check.context["client_id"])}
    first, again = buyer.post(form(goods), sent), buyer.post(form(goods), sent)
    ret = Return.objects.get()
    assert first.status_code == again.status_code == 302 and first["Location"] == f"/returns/{ret.public_id}/"
    assert ret.photos.count() == 2
    outbox.run_due()
    page = buyer.get(first["Location"]).content.decode()
    assert "We are looking at your return" in page and "Both handles are off." in page and "/tickets/" in page
    assert f"/returns/{ret.public_id}/" in buyer.get(f"/orders/{goods.order.public_id}/").content.decode()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Choose at least one item"),
        ({**TYPED, "pieces_1": "3"}, "At most 2 pieces"),
        ({**TYPED, "pieces_1": "two"}, "Say how many pieces"),
        ({**TYPED, "pieces_1": "-1"}, "Say how many pieces"),
        ({**TYPED, "reason_1": ""}, "Choose a reason"),
        (TYPED, "Add a photograph"),
    ],
)
def test_a_refused_form_keeps_what_was_typed(
    goods: Goods, buyer: Client, typed: dict[str, str], said: str
) -> None:
    answer = buyer.post(form(goods), {**typed, "op": "check"})
    text = answer.content.decode()
    assert answer.status_code == 400 and said in text
    assert not typed or "Both handles are off." in text
    assert not Return.objects.exists()


def test_a_file_that_is_no_photograph_keeps_the_rest(goods: Goods, buyer: Client) -> None:
    bad = photo_file("b.jpg", b"no picture")
    answer = buyer.post(form(goods), {**TYPED, "op": "check", "files": [photo_file(), bad]})
    text = answer.content.decode()
    assert answer.status_code == 400 and "is not a photograph" in text and "mug.jpg" in text
    assert ReturnPhoto.objects.count() == 1 and "Both handles are off." in text


def test_with_script_photographs_go_one_by_one(goods: Goods, buyer: Client) -> None:
    answer = buyer.post(form(goods) + "photos/", {"file": photo_file()})
    assert answer.status_code == 201 and answer.json()["type"] == "image/jpeg"
    one = f"/returns/photos/{answer.json()['id']}/"
    shown = buyer.get(one)
    assert shown.status_code == 200 and shown["X-Content-Type-Options"] == "nosniff"
    assert log_in(Client(), goods.first).get(one).status_code == 404  # not sent yet
    assert buyer.post(one + "remove/").status_code == 302 and buyer.get(one).status_code == 404
    bad = buyer.post(form(goods) + "photos/", {"file": photo_file(data=b"x")})
    assert bad.status_code == 400 and bad.json()["fields"]["photos"]


def test_only_its_people_see_a_return(goods: Goods) -> None:
    ret = goods.apply()
    photo = ret.photos.get().public_id
    stranger = log_in(Client(), make_buyer())
    for address in (
        f"/returns/{ret.public_id}/",
        f"/returns/{ret.public_id}/state/",
        f"/returns/photos/{photo}/",
    ):
        assert stranger.get(address).status_code == 404
        assert Client().get(address).status_code in (302, 401)
        assert log_in(Client(), goods.first).get(address).status_code == 200
    assert stranger.get(form(goods)).status_code == 404
    assert stranger.post(f"/returns/{ret.public_id}/withdraw/").status_code == 404
    assert Return.objects.get().state == "applied"


def test_a_refusal_that_nobody_agreed_to_is_not_shown(goods: Goods, buyer: Client) -> None:
    ret = goods.apply()
    actions.propose_refusal(actor=goods.one, ret=ret.public_id, reason="used", words="The glaze is worn.")
    text = buyer.get(f"/returns/{ret.public_id}/").content.decode()
    assert "In review" in text and "The glaze is worn." not in text
    actions.agree_to_refusal(actor=goods.two, ret=ret.public_id)
    text = buyer.get(f"/returns/{ret.public_id}/").content.decode()
    assert "The glaze is worn." in text and "Refused" in text


def test_the_promise_stands_with_its_receipt(goods: Goods, buyer: Client) -> None:
    ret = goods.inspected()
    text = buyer.get(f"/returns/{ret.public_id}/").content.decode()
    assert "Your money is back by" in text and "Why this date?" in text
    assert "Withdraw</button>" not in text.replace("\n", "")


def test_withdrawing(goods: Goods, buyer: Client) -> None:
    ret = goods.apply()
    assert buyer.post(f"/returns/{ret.public_id}/withdraw/").status_code == 302
    assert "You withdrew this return" in buyer.get(f"/returns/{ret.public_id}/").content.decode()


def test_day_61_says_what_is_left(goods: Goods, buyer: Client) -> None:
    from datetime import timedelta

    from core.clock import now
    from orders.models import Order

    Order.objects.update(delivered_at=now() - timedelta(days=63))
    text = buyer.get(form(goods)).content.decode()
    assert "60 days after delivery" in text and "Get help with this order" in text
    assert buyer.post(form(goods), {**TYPED, "op": "check"}).status_code == 409


def test_the_pages_ask_the_database_within_a_budget(
    goods: Goods, buyer: Client, django_assert_max_num_queries: Any
) -> None:
    ret = goods.inspected()
    outbox.run_due()
    with django_assert_max_num_queries(24):
        buyer.get(f"/returns/{ret.public_id}/")
    with django_assert_max_num_queries(16):
        buyer.get(form(goods))
