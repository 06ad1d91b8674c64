"""Pages, mails and choices in the reader's language."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import chain

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.utils import timezone, translation
from django.utils.translation import gettext, trans_real

from accounts.models import Person, User
from accounts.queries import actor_of_person
from helpdesk.demo.house import CATEGORIES
from helpdesk.templatetags import desk
from livechat import words as chat_words
from orders.actions import cancel_order
from tests.factories import House, actor, log_in, make_house, make_order, make_ticket
from tests.portal.conftest import Scene
from tickets.actions import post_message
from tickets.jobs import mail_reply
from tickets.models import Category
from tickets.words import FIRST_CATEGORIES

MONDAY = datetime(2026, 11, 23, 18, 5, tzinfo=UTC)
HEADLINE = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
OURS = (
    "",
    "help/",
    "help/search/?q=duty",
    "contact/",
    "contact/thanks/",
    "chat/",
    "orders/",
    "tickets/",
    "account/",
)
HEADLINES = {
    "/": ("¿En qué podemos ayudarte, Ana?", "Ana，有什么可以帮您？"),
    "/help/": ("Todas las respuestas", "全部解答"),
    "/contact/": ("Contacto", "联系我们"),
    "/chat/": ("Chatea con nosotros", "与我们聊天"),
    "/orders/": ("Mis pedidos", "我的订单"),
    "/tickets/": ("Consultas y chats", "工单与聊天"),
    "/account/": ("Cuenta", "账户"),
    "/tickets/new/": ("¿En qué podemos ayudarte?", "有什么可以帮您？"),
    "/orders/{order}/": ("Pedido #2041", "订单 #2041"),
    "/orders/{order}/cancel/": ("¿Cancelar el pedido #2041?", "要取消订单 #2041 吗？"),
    "/nothing-here/": ("Aquí no hay nada, o no es tuyo.", "这里没有内容，或者您无权查看。"),
}
LANGUAGES = pytest.mark.parametrize(("language", "place"), [("es", 0), ("zh-hans", 1)])


def speak(client: Client, language: str) -> Client:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    return client


@pytest.fixture
def unknown(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Texts that were asked for while a page was made, and that no catalogue of its language has."""
    missed: set[str] = set()
    ask, ask_many = trans_real.DjangoTranslation.gettext, trans_real.DjangoTranslation.ngettext

    def gettext(self: trans_real.DjangoTranslation, message: str) -> str:
        if message and self.language() != "en" and message not in self._catalog:
            missed.add(message)
        return str(ask(self, message))

    def ngettext(self: trans_real.DjangoTranslation, one: str, many: str, number: int) -> str:
        if self.language() != "en" and not any((one, form) in self._catalog for form in (0, 1)):
            missed.add(one)
        return str(ask_many(self, one, many, number))

    monkeypatch.setattr(trans_real.DjangoTranslation, "gettext", gettext)
    monkeypatch.setattr(trans_real.DjangoTranslation, "ngettext", ngettext)
    return missed


@LANGUAGES
def test_headlines(scene: Scene, language: str, place: int) -> None:
    speak(scene.client, language)
    for url, titles in HEADLINES.items():
        response = scene.client.get(url.format(order=scene.order.public_id))
        page = response.content.decode()
        assert response.status_code == (404 if "nothing" in url else 200), url
        assert f'<html lang="{language}"' in page
        headline = re.sub(r"<span class=\"chip.*", "", HEADLINE.findall(page)[0])
        assert re.sub(r"<[^>]+>|\s+", " ", headline).strip() == titles[place], url


@LANGUAGES
def test_all_of_a_buyers_pages_are_in_the_catalogue(
    scene: Scene,
    language: str,
    place: int,
    unknown: set[str],
) -> None:
    order, ticket = scene.order.public_id, scene.ticket.public_id
    more = [f"orders/{order}/", f"orders/{order}/timeline/", f"orders/{order}/cancel/", f"tickets/{ticket}/"]
    more += [
        f"tickets/{ticket}/strip/",
        f"tickets/{ticket}/foot/",
        f"tickets/new/?order={order}",
        f"chat/?order={order}",
    ]
    for url in (*OURS, *more):
        assert speak(scene.client, language).get(f"/{url}").status_code == 200, url
    # Languages are named in their own; topics by the shop, whose words no catalogue knows.
    names = {name for _, name in settings.LANGUAGES} | set(Category.objects.values_list("name", flat=True))
    assert not unknown - names, f"asked for, and not translated: {sorted(unknown - names)}"


@LANGUAGES
def test_sign_in_page(client: Client, db: None, language: str, place: int) -> None:
    page = speak(client, language).get("/accounts/login/").content.decode()
    assert ("Iniciar sesión", "登录")[place] in HEADLINE.findall(page)[0]
    assert ("Contraseña", "密码")[place] in page
    assert "Sign In" not in page
    assert "Password" not in page


@pytest.mark.parametrize(
    ("language", "day", "long_day", "moment", "chat"),
    [
        ("en", "Mon 23 Nov", "Monday 23 November", "Mon 23 Nov, 6:05 PM", "Monday 6:05 PM in UTC"),
        ("es", "lun 23 nov", "lunes 23 de noviembre", "lun 23 nov, 18:05", "lunes 18:05 en UTC"),
        ("zh-hans", "11月23日 星期一", "11月23日 星期一", "11月23日 星期一 18:05", "UTC 时间 星期一 18:05"),
    ],
)
def test_dates(
    monkeypatch: pytest.MonkeyPatch, language: str, day: str, long_day: str, moment: str, chat: str
) -> None:
    saturday = MONDAY.replace(day=21)
    monkeypatch.setattr(desk, "now", lambda: saturday)
    with translation.override(language), timezone.override("UTC"):
        assert (desk.day(MONDAY), desk.long_day(MONDAY), desk.when(MONDAY)) == (day, long_day, moment)
        assert chat_words.in_both(MONDAY, "UTC", "UTC", since=saturday) == chat


def test_plurals_follow_the_language() -> None:
    told = {}
    for language in ("en", "es", "zh-hans"):
        with translation.override(language):
            told[language] = [
                translation.ngettext("%(n)s order", "%(n)s orders", n) % {"n": n} for n in (0, 1, 2)
            ]
    assert told["es"] == ["0 pedidos", "1 pedido", "2 pedidos"]
    assert told["zh-hans"] == ["0 个订单", "1 个订单", "2 个订单"]
    assert told["en"] == ["0 orders", "1 order", "2 orders"]


def test_a_refusal_comes_in_the_actors_words(scene: Scene) -> None:
    speak(scene.client, "es")
    answer = scene.client.post(
        f"/api/v1/tickets/{scene.ticket.public_id}/rating/", {"score": 9}, "application/json"
    )
    refused = scene.client.get("/api/v1/tickets/tk_nothing/")
    assert refused.status_code == 404
    assert refused.json()["message"] == "Aquí no hay nada, o no es tuyo."
    assert answer.status_code >= 400


def test_chosen_language_is_kept_by_browser_and_person(scene: Scene) -> None:
    assert scene.buyer.language == "en"
    chosen = scene.client.post("/language/", {"language": "es", "next": "/orders/"})
    assert (chosen.status_code, chosen.headers["Location"]) == (302, "/orders/")
    cookie = chosen.cookies[settings.LANGUAGE_COOKIE_NAME]
    assert (cookie.value, cookie["max-age"]) == ("es", 31_536_000)
    assert Person.objects.get(pk=scene.buyer.pk).language == "es"
    assert "Mis pedidos" in scene.client.get("/orders/").content.decode()
    elsewhere = log_in(Client(), scene.buyer)
    assert "Mis pedidos" in elsewhere.get("/orders/", headers={"accept-language": "en"}).content.decode()


def test_no_language_that_pages_do_not_have(scene: Scene) -> None:
    scene.client.post("/language/", {"language": "xx", "next": "/"})
    scene.client.get("/language/?language=es")
    assert Person.objects.get(pk=scene.buyer.pk).language == "en"


def test_visitors_choice_before_signing_in_becomes_theirs(scene: Scene) -> None:
    User.objects.filter(person=scene.buyer).get().emailaddress_set.create(
        email=scene.buyer.email, verified=True, primary=True
    )
    user = User.objects.get(person=scene.buyer)
    user.set_password("demo-pass-1")
    user.save()
    scene.visitor.post("/language/", {"language": "zh-hans", "next": "/"})
    data = {"login": scene.buyer.email, "password": "demo-pass-1"}
    assert scene.visitor.post("/accounts/login/", data).status_code == 302
    assert Person.objects.get(pk=scene.buyer.pk).language == "zh-hans"


def test_visitors_browser_speaks_for_them(client: Client, db: None) -> None:
    page = client.get("/contact/", headers={"accept-language": "zh-CN,zh;q=0.9"}).content.decode()
    assert '<html lang="zh-hans"' in page
    assert "联系我们" in page


@pytest.fixture
def house(db: None) -> House:
    return make_house()


@LANGUAGES
def test_mail_of_a_reply_is_in_the_tickets_language(house: House, language: str, place: int) -> None:
    buyer = Person.objects.create(name="Ana Reyes", email="ana@example.com", kind="buyer", language=language)
    ticket = make_ticket(buyer, subject="Hola")
    assert ticket.language == language
    posted = post_message(
        actor=actor(house.agent), ticket=ticket.public_id, kind="reply", body="Hello there."
    )
    mail_reply({"ticket": ticket.pk, "seq": posted.message.seq})
    text = str(mail.outbox[-1].body)
    assert ("Lee y responde aquí: ", "在此查看和答复：")[place] in text
    assert ("ha escrito:", "写道：")[place] in text
    assert "Hello there." in text


def test_first_topics_are_translated_and_the_shops_own_stay() -> None:
    with translation.override("es"):
        assert Category(name="A product").label == "Un producto"
        assert Category(description="Payment, address, cancelling").hint == "Pago, dirección, cancelación"
        assert (Category(name="Engraving").label, Category().label, Category().hint) == ("Engraving", "", "")
        assert {gettext(text) for text in chain(*FIRST_CATEGORIES)}.isdisjoint(chain(*FIRST_CATEGORIES))
    assert [(name, words) for _, name, _, words in CATEGORIES] == list(FIRST_CATEGORIES)


def test_record_of_an_order_reads_in_the_readers_language(scene: Scene) -> None:
    order = make_order(scene.buyer, number="2052")
    cancel_order(actor=actor_of_person(scene.buyer), order_id=order.pk, reason="")
    page = speak(scene.client, "es").get(f"/orders/{order.public_id}/").content.decode()
    assert "Pedido cancelado" in page
    assert "Order cancelled" not in page
