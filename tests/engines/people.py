"""A visitor's tab and an agent's inbox, in whatever browser: what they do, and what they see."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from tests import services

PATIENCE = 60
"""Seconds; these browsers are slow to start, and the machine may be."""

BODIES = """() => [...document.querySelectorAll('[data-testid=message]')]
    .filter((it) => !['sending', 'failed'].includes(it.dataset.status))
    .map((it) => it.querySelector('.body').textContent.trim())"""
LAUNCHER = """[...document.documentElement.children].map((it) => it.shadowRoot?.querySelector('[data-testid=launcher]'))
    .find(Boolean)"""


class Page(Protocol):
    """A tab of a browser, with perhaps the popup's frame in it."""

    def run(self, function: str, *arguments: Any, framed: bool = False) -> Any: ...

    def type(self, selector: str, text: str, framed: bool = False) -> None: ...

    def attach(self, path: Path, framed: bool = False) -> None: ...

    def close(self) -> None: ...


class Browser(Protocol):
    """Firefox, or WebKit."""

    def open(self, url: str) -> Page: ...

    def set_cookie(self, url: str, name: str, value: str) -> None: ...

    def stop(self) -> None: ...


class Chat:
    """A conversation on somebody's screen."""

    framed = False
    field = "composer"

    def __init__(self, page: Page):
        self.page = page

    def run(self, function: str, *arguments: Any) -> Any:
        """Call a function in the chat's own document; None as long as there is none."""
        return self.page.run(function, *arguments, framed=self.framed)

    def until(self, function: str, what: str, *arguments: Any) -> None:
        """Wait until a function in the chat's own document says so."""

        def holds() -> bool:
            try:
                return self.run(function, *arguments) is True
            except AssertionError:  # the popup is not there yet
                return False

        services.wait_for(holds, what, within=PATIENCE)

    def connected(self) -> None:
        self.state("online")

    def state(self, state: str) -> None:
        self.until(
            "(state) => document.querySelector('[data-testid=connection]')?.dataset.state === state", state, state
        )

    def write(self, text: str) -> None:
        """Press the keys for a text in the composer."""
        self.page.type(f"[data-testid={self.field}]", text, framed=self.framed)

    def written(self, text: str) -> None:
        """The composer holds this."""
        check = "([field, text]) => document.querySelector(`[data-testid=${field}]`)?.value === text"
        self.until(check, text, [self.field, text])

    def click(self, selector: str) -> None:
        self.until(
            "(selector) => { const it = document.querySelector(selector); if (!it || it.disabled) return false; "
            "it.click(); return true; }",
            f"{selector} to click",
            selector,
        )

    def shows(self, *texts: str) -> None:
        """Exactly these messages, in this order, each settled on the server."""
        services.wait_for(lambda: self.run(BODIES) == list(texts), f"{texts}", within=PATIENCE)


class Tab(Chat):
    """A page of somebody's site, with the popup in it."""

    framed = True

    def open(self) -> Tab:
        """Click the bubble, and wait until the popup is connected."""
        services.wait_for(lambda: self.page.run(f"() => Boolean({LAUNCHER})"), "the bubble", within=PATIENCE)
        self.page.run(f"() => {LAUNCHER}.click()")
        self.connected()
        return self


class Inbox(Chat):
    """The inbox of an agent."""

    field = "reply"

    def open_first(self) -> None:
        self.click("[data-testid=inbox-item] a")
        self.until("() => Boolean(document.querySelector('[data-testid=reply]'))", "the conversation")
