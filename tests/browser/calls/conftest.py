"""A visitor in the popup on a foreign page and Ana in the inbox; with fake cameras."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext

from tests import api, services
from tests.browser import calling
from tests.browser.people import ChatPage, Inbox, Tab, Visitor
from tests.browser.sites import Shop
from tests.web import database_inspection


@pytest.fixture(scope="module")
def chat(redis_server: services.RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[services.ChatServer]:
    """A chat whose only agent is Ana: who else had a tab open a moment ago would be rung, too."""
    database = f"sqlite:///{tmp_path_factory.mktemp('calls')}/chat.db"
    with services.closing(services.ChatServer(redis_server.database(), database)) as server:
        yield server


@pytest.fixture(scope="module")
def shop(chat: services.ChatServer) -> Iterator[Shop]:
    with services.closing(Shop(chat.url)) as shop:
        yield shop


@pytest.fixture(scope="module")
def cookie(chat: services.ChatServer) -> str:
    """Ana's."""
    return api.agent(chat, "ana@example.com").headers["Cookie"].partition("=")[2]


@pytest.fixture
def open_inbox(
    chat: services.ChatServer, cookie: str, new_context: Callable[..., BrowserContext]
) -> Iterator[Callable[[], Inbox]]:
    """Opens Ana's inbox in tabs of one browser; when she goes, no call of hers goes on."""
    context = new_context()
    context.add_init_script(calling.PEERS)
    context.add_cookies([{"name": "chat_inbox", "value": cookie, "url": chat.url}])
    yield lambda: Inbox(context.new_page(), f"{chat.url}/inbox")
    database_inspection.run(chat, "UPDATE calls SET state = 'failed', due_at = NULL WHERE due_at IS NOT NULL")


@pytest.fixture
def tab(visitor: Visitor) -> Tab:
    return calling.visitor_tab(visitor)


@pytest.fixture
def chat_pages(tab: Tab, inbox: Inbox) -> list[ChatPage]:
    """The same conversation at both ends."""
    inbox.open(tab)
    return [tab, inbox]
