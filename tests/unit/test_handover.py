"""Who answers first: a bot, until it is silent, cannot be reached, or somebody wants a person. Told what time it is."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from tests.unit import team_scene
from tests.unit.team_scene import Chat
from widget import db
from widget.chat import presence
from widget.chat.conversations import handover, lists, work
from widget.chat.conversations.work import Change
from widget.chat.errors import Conflict
from widget.chat.messages import edits
from widget.chat.users import bots
from widget.models import Case, Message, User, now
from widget.notifications import waiting

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def polly() -> Iterator[User]:
    """The bot that answers first."""
    team_scene.alone()
    name = uuid.uuid4().hex
    bot, _token = bots.add(name)
    bots.set_first_responder(name, True)
    yield bot
    bots.remove(name)


def _later(seconds: float) -> datetime:
    return now() + timedelta(seconds=seconds)


def _case(chat: Chat) -> Case:
    with db.reading() as session:
        return session.get_one(Case, chat.row.case_id)


def _refused(bot: User, chat: Chat) -> bool:
    with pytest.raises(Conflict):
        team_scene.send(bot, chat.id, "too late")
    return True


def test_a_bot_gets_what_is_new_and_people_are_neither_told_nor_asked_until_it_is_silent(polly: User) -> None:
    ana, chat = team_scene.agent("Ana"), team_scene.chat()
    chat.asks()
    assert chat.row.assignee_id == polly.id
    assert [it.conversation.id for it in lists.page(ana, "bot").views] == [chat.id]
    assert lists.page(ana, "unassigned").views == []
    assert waiting.find(_later(3600), 5) == 0
    handover.hand_over_silent(_later(15))
    presence.announce_typing(polly, chat.id)  # a slow model is normal
    assert handover.hand_over_silent(_later(20)) == 0
    team_scene.send(polly, chat.id, "one moment")
    assert handover.hand_over_silent(_later(3600)) == 0
    chat.asks("and now?")
    assert handover.hand_over_silent(_later(31)) == 1
    assert (chat.row.assignee_id, chat.lines()) == (None, ["bot-silent"])
    assert _refused(polly, chat)
    work.change(ana, chat.id, Change(assignee=polly.id))  # it may have it again
    team_scene.send(polly, chat.id, "here I am")
    team_scene.send(ana, chat.id, "no, I am")
    assert chat.row.assignee_id == ana.id
    assert _refused(polly, chat)


@pytest.mark.parametrize("who", ["visitor", "bot", "agent", "failure"])
def test_whoever_wants_a_person_gets_one_and_waits_from_then_on(polly: User, who: str) -> None:
    ana, chat = team_scene.agent("Ana"), team_scene.chat()
    chat.asks()
    team_scene.send(polly, chat.id, "I do not know")
    if who == "failure":
        handover.hand_over_failed(polly, chat.id)
    else:
        by = {"visitor": chat.visitor, "bot": polly, "agent": ana}[who]
        handover.hand_over(by, chat.id, "asked about tea" if who == "bot" else None)
        if who == "bot":
            with pytest.raises(Conflict):
                handover.hand_over(by, chat.id)
        else:
            handover.hand_over(by, chat.id)  # asked again, nothing happens
    assert chat.row.assignee_id is None
    assert [it.conversation.id for it in lists.page(ana, "waiting").views] == [chat.id]
    assert _case(chat).handed_over_at
    assert _refused(polly, chat)
    with db.reading() as session:
        query = select(Message).where(Message.conversation_id == chat.id).order_by(Message.seq)
        log = [(it.event or it.body, it.private) for it in session.scalars(query)][2:]
    assert (
        log
        == {
            "visitor": [("person-asked", False)],
            "bot": [("asked about tea", True), ("handed-over", True)],
            "agent": [("handed-over", True)],
            "failure": [("bot-failed", True)],
        }[who]
    )


def test_asking_for_a_person_opens_what_is_resolved_and_holds_when_words_are_deleted(polly: User) -> None:
    ana, chat = team_scene.agent("Ana"), team_scene.chat()
    words = chat.asks()
    team_scene.send(polly, chat.id, "I do not know")
    work.change(ana, chat.id, Change(status="resolved"))
    handover.hand_over(chat.visitor, chat.id)
    assert (chat.row.status, _case(chat).reopened) == ("open", 1)
    more = chat.asks("hello?")
    for message in (words, more):
        edits.delete_message(chat.visitor, message.id, timedelta(days=1))
    assert [it.conversation.id for it in lists.page(ana, "waiting").views] == [chat.id]
    assert _refused(polly, chat)
