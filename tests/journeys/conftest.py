"""Real browsers against a helpdesk that really runs."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, expect

pytest.register_assert_rewrite(
    *(f"tests.journeys.{name}" for name in ("kit", "story", "steps_talk", "steps_later"))
)

from tests.factories import PASSWORD  # noqa: E402
from tests.journeys.kit import PATIENCE, START, Wire, at  # noqa: E402
from tests.servers import ROOT, Shop  # noqa: E402

SHOTS = ROOT / "build" / "shots"
FAILED = pytest.StashKey[bool]()
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """People and orders, made once at the story's first hour; never started."""
    one = Shop(tmp_path_factory.mktemp("filled") / "home")
    one.set_time(at(*START))
    one.fill()
    return one


def _open(filled: Shop, folder: Path) -> Iterator[Shop]:
    one = Shop.copy_of(filled, folder / "home")
    one.set_time(at(*START))
    one.start()
    yield one
    _close(one)


def _close(one: Shop) -> None:
    """End a shop; nothing in it may have gone wrong unseen (what was refused for safety is no wrong)."""
    one.close()
    lines = one.output.splitlines()
    for n, line in enumerate(lines):
        if line.startswith("Traceback") and "django.security" not in lines[n - 1]:
            pytest.fail("\n".join(lines[max(0, n - 3) : n + 60]))


@pytest.fixture
def shop(filled: Shop, tmp_path: Path) -> Iterator[Shop]:
    """The embedded shape, for one test alone."""
    yield from _open(filled, tmp_path)


@pytest.fixture(scope="session")
def house(filled: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The embedded shape, for all tests that leave the others' things alone."""
    yield from _open(filled, tmp_path_factory.mktemp("house"))


@pytest.fixture
def grown_up(tmp_path: Path) -> Iterator[Shop]:
    """PostgreSQL, Redis, two daphnes and a worker."""
    one = Shop(tmp_path / "home", grown_up=True)
    one.set_time(at(*START))
    one.fill()
    one.start(servers=2)
    yield one
    _close(one)


class People:
    """Opens a browser for each person; every page must be free of script errors and policy violations."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.contexts: list[BrowserContext] = []
        self.troubles: list[str] = []
        self.wires: dict[Page, Wire] = {}

    def open(self, **options: Any) -> Page:
        """A page of a browser of its own; `wires[page]` holds what reaches it."""
        context = self.browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        return self.tab(context)

    def tab(self, context: BrowserContext) -> Page:
        """One more page of a browser."""
        page = context.new_page()
        self.wires[page] = Wire(page)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.troubles.append(f"script error: {error}"))
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "Content-Security-Policy" in message.text:
            self.troubles.append(message.text)

    def sign_in(self, page: Page, address: str, login: str, password: str = PASSWORD) -> None:
        """Through the form, as people do."""
        page.goto(address + "accounts/login/")
        page.locator("[name=login]").fill(login)
        page.locator("[name=password]").fill(password)
        page.locator("form.auth-form button[type=submit]").first.click()
        page.wait_for_url(lambda url: "/accounts/login" not in url)

    def signed_in(self, shop: Shop, login: str, **options: Any) -> Page:
        """A page of a browser in which this person has signed in before, at the place where that leads."""
        states: dict[str, Any] = shop.facts.setdefault("states", {})
        if login not in states:
            page = self.open(**options)
            self.sign_in(page, shop.url(), login)
            states[login] = page.context.storage_state()
            return page
        page = self.open(storage_state=states[login], **options)
        page.goto(shop.url("/after-sign-in/"))
        return page

    def picture(self, name: str) -> None:
        """Keep what every page shows, and its address, for whoever looks into a failure."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        pages = [page for context in self.contexts for page in context.pages]
        for number, page in enumerate(pages):
            print(f"page {number}: {page.url}")
            with contextlib.suppress(Error):  # a page that hangs must not hide why the test failed
                page.screenshot(path=SHOTS / f"failed-{name}-{number}.png", timeout=5000)

    def close(self) -> None:
        for context in self.contexts:
            context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Lets a fixture know whether its test went wrong."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


@pytest.fixture
def people(browser: Browser, request: pytest.FixtureRequest) -> Iterator[People]:
    """The browsers of a test; fails at the end when any page broke the policy or a script."""
    everyone = People(browser)
    yield everyone
    if request.node.stash.get(FAILED, False):
        everyone.picture(request.node.name)
    everyone.close()
    assert everyone.troubles == []


@pytest.fixture
def shot(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Keep a picture under build/shots for eyes to look at."""

    def take(page: Page, name: str) -> None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SHOTS / f"{name}.png")

    return take
