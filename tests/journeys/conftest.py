"""Real browsers against a helpdesk that really runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.factories import PASSWORD
from tests.servers import Shop

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium, kept from calling anyone."""
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    quiet += ["--disable-background-networking", "--disable-component-update"]
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": quiet}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """The embedded shape, filled and started."""
    one = Shop(tmp_path / "home")
    one.facts = one.fill()  # type: ignore[attr-defined]
    one.start()
    yield one
    one.close()


@pytest.fixture
def grown_up(tmp_path: Path) -> Iterator[Shop]:
    """PostgreSQL, Redis, two daphnes and a worker."""
    one = Shop(tmp_path / "home", grown_up=True)
    one.facts = one.fill()  # type: ignore[attr-defined]
    one.start(servers=2)
    yield one
    one.close()


class People:
    """Opens a browser for each person; every page must be free of script errors and policy violations."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.contexts: list[BrowserContext] = []
        self.troubles: list[str] = []
        self.frames: dict[Page, list[str]] = {}

    def open(self, **options: Any) -> Page:
        """A page of a browser of its own. `frames[page]` holds every text frame that its socket received."""
        context = self.browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        context.set_default_timeout(15_000)
        self.contexts.append(context)
        page = context.new_page()
        self.frames[page] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.troubles.append(f"script error: {error}"))
        page.on("websocket", lambda ws: ws.on("framereceived", lambda data: self._frame(page, data)))
        return page

    def _frame(self, page: Page, data: Any) -> None:
        self.frames[page].append(data if isinstance(data, str) else data.decode())

    def _heard(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "Content-Security-Policy" in message.text:
            self.troubles.append(message.text)

    def sign_in(self, page: Page, address: str, login: str, password: str = PASSWORD) -> None:
        """Through the form, as people do."""
        page.goto(address + "accounts/login/")
        page.get_by_label("Login").or_(page.locator("[name=login]")).first.fill(login)
        page.locator("[name=password]").fill(password)
        page.locator("form.auth-form button[type=submit]").first.click()
        page.wait_for_url(lambda url: "/accounts/login" not in url)

    def close(self) -> None:
        for context in self.contexts:
            context.close()


@pytest.fixture
def people(browser: Browser) -> Iterator[People]:
    """The browsers of a test; fails at the end when any page broke the policy or a script."""
    everyone = People(browser)
    yield everyone
    everyone.close()
    assert everyone.troubles == []


@pytest.fixture
def shot(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Keep a picture under build/shots for eyes to look at."""

    def take(page: Page, name: str) -> None:
        folder = Path(__file__).resolve().parent.parent.parent / "build" / "shots"
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{name}.png")

    return take
