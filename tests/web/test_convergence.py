"""Whatever several people do at once, and however their tabs come and go: in the end all show what the database has."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bench import growth_data
from tests import api, services
from tests.web.actions import Action, moment
from tests.web.busy import BusyServer
from tests.web.group_chat import Chat, check, wait_for_events
from tests.web.group_inspection import GroupRows, principal_id
from tests.web.tab_model import Page, agent_id
from widget import db, migrations

SIZE = {"conversations": 2_000, "messages": 4_000}
"""Of others, who are there already: many more than a list shows. 10,000 and 200,000 are size b of docs/scale.md, which
takes a minute of a processor to fill."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def deployment(
    request: pytest.FixtureRequest, redis_server: services.RedisServer, new_database: Callable[[str], str]
) -> Iterator[services.ChatServer]:
    """The chat with a database of its own, once of each kind, in which others have been for long."""
    database = new_database(request.param)
    engine = db.connect(database.replace("postgresql://", "postgresql+psycopg://"))
    migrations.upgrade(engine)
    growth_data.fill(engine, **SIZE)
    engine.dispose()
    with services.closing(BusyServer(redis_server.database(), database)) as chat:
        yield chat


@pytest.fixture(scope="module")
def agent(deployment: services.ChatServer) -> api.Person:
    """The one agent."""
    person = api.agent(deployment)
    person.id = agent_id(person)
    return person


@given(moments=st.lists(moment(), min_size=1, max_size=4))
@settings(
    max_examples=6,  # on each database
    deadline=None,
    print_blob=True,
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.too_slow],
)
def test_every_tab_ends_with_what_a_fresh_page_shows_and_the_database_has(
    deployment: services.ChatServer, agent: api.Person, moments: list[list[Action]]
) -> None:
    with services.closing(Chat(deployment, agent)) as chat:
        for actions in moments:
            chat.pass_a_moment(actions)
        for tab in chat.all_tabs():
            tab.come_back()
        chat.check_tabs()
        wait_for_ticks(chat)
        for by, tabs in chat.tabs.items():
            fresh = Page(chat.people[by], chat.group)
            check(f"{by}'s page", fresh, GroupRows(chat, by))
            for number, tab in enumerate(tabs):
                assert tab.page.list_shown(chat.listed) == fresh.list_shown(chat.listed), (
                    f"{by}'s list {number} differs"
                )
                assert not tab.repeated, f"{by}'s tab {number} was given something twice"
                assert not tab.out_of_order, f"{by}'s tab {number} was given something after something newer"
        check_what_was_promised(chat)


def wait_for_ticks(chat: Chat) -> None:
    """Wait until it is noted what tabs and pages were given, which happens a moment later, and all show it."""

    def delivered_is_noted() -> bool:
        members = GroupRows(chat, "owner").members
        return all(
            members[principal_id(chat, by)].delivered >= max(tab.given for tab in tabs)
            for by, tabs in chat.tabs.items()
        )

    def wrong() -> list[str]:
        wait_for_events(chat)
        found = []
        for by, tabs in chat.tabs.items():
            kept = GroupRows(chat, by).statuses()
            pages = {"page": Page(chat.people[by], chat.group)}
            pages |= {f"tab {number}": tab.page for number, tab in enumerate(tabs)}
            for name, page in pages.items():
                if page.statuses() != kept:
                    found.append(f"{by}'s {name}: {page.statuses()}, not {kept}")
        return found

    services.wait_for(delivered_is_noted, "what the tabs took to be noted as delivered")
    try:
        services.wait_for(lambda: not wrong(), "the ticks", within=3)
    except AssertionError:
        raise AssertionError("\n".join(["the ticks stay wrong", *wrong()])) from None


def check_what_was_promised(chat: Chat) -> None:
    """Whatever was accepted is there: every message once and numbered without gaps, marks that never go back."""
    rows = GroupRows(chat, "owner")
    numbers = [row.seq for row in rows.rows]
    assert numbers == list(range(1, len(numbers) + 1))
    in_group = {row.id for row in rows.rows if row.kind != "system"}
    assert in_group == {known.id for known in chat.known}
    for by, upto in chat.read.items():
        assert rows.members[principal_id(chat, by)].read >= upto
    assert {row.id for row in rows.rows if row.deleted_at} == chat.deleted
