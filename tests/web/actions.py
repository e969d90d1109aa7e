"""What people and their tabs do in a group, each action with the answers that are allowed; some of it at once."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.concurrency import at_once
from tests.web import database_inspection

if TYPE_CHECKING:
    from tests.web.group_chat import Chat

WHO = ("owner", "guest", "agent")


@dataclass(frozen=True)
class Action:
    """Something that somebody does."""

    by: str

    def run(self, chat: Chat) -> None:
        raise NotImplementedError


@dataclass(frozen=True)
class Send(Action):
    answering: int | None = None
    twice: bool = False

    def run(self, chat: Chat) -> None:
        client_id = str(uuid.uuid4())
        original = chat.pick(self.answering).id if self.answering is not None else None
        fields = {"body": f"written by {self.by}", "reply_to": original}

        def send() -> None:
            chat.send(self.by, f"/w/conversations/{chat.group}/messages", client_id, {200, 201}, **fields)

        at_once([send] * 2) if self.twice else send()


@dataclass(frozen=True)
class Retry(Action):
    which: int

    def run(self, chat: Chat) -> None:
        with chat.lock:
            mine = [client_id for user, client_id in chat.client_ids if user == chat.people[self.by].id]
        path = f"/w/conversations/{chat.group}/messages"
        chat.send(self.by, path, mine[-1 - self.which % len(mine)], {200, 422}, body="written again")


@dataclass(frozen=True)
class Edit(Action):
    which: int
    body: str

    def run(self, chat: Chat) -> None:
        message = chat.pick(self.which)
        by, allowed = chat.who_changes(self.by, message, {200, 422})
        chat.request(by, "PATCH", f"/w/messages/{message.id}", allowed, body=self.body)


@dataclass(frozen=True)
class Delete(Action):
    which: int

    def run(self, chat: Chat) -> None:
        message = chat.pick(self.which)
        by, allowed = chat.who_changes(self.by, message, {200})
        if chat.request(by, "DELETE", f"/w/messages/{message.id}", allowed) is not None:
            chat.deleted.add(message.id)


@dataclass(frozen=True)
class React(Action):
    which: int
    emoji: str

    def run(self, chat: Chat) -> None:
        path = f"/w/messages/{chat.pick(self.which).id}/reaction"
        chat.request(self.by, "PUT", path, {200, 422}, emoji=self.emoji)


@dataclass(frozen=True)
class TakeBack(Action):
    which: int

    def run(self, chat: Chat) -> None:
        chat.request(self.by, "DELETE", f"/w/messages/{chat.pick(self.which).id}/reaction", {200, 422})


@dataclass(frozen=True)
class Read(Action):
    which: int

    def run(self, chat: Chat) -> None:
        upto = chat.pick(self.which).seq
        chat.request(self.by, "POST", f"/w/conversations/{chat.group}/read", {204}, upto=upto)
        chat.read[self.by] = max(chat.read[self.by], upto)


@dataclass(frozen=True)
class Forward(Action):
    which: int
    to_group: bool

    def run(self, chat: Chat) -> None:
        path = f"/w/messages/{chat.pick(self.which).id}/forward"
        target = chat.group if self.to_group else chat.direct[self.by]
        chat.send(self.by, path, str(uuid.uuid4()), {201, 422}, conversation=target)


@dataclass(frozen=True)
class Rename(Action):
    title: str

    def run(self, chat: Chat) -> None:
        allowed = {403} if self.by == "guest" else {200}
        chat.request(self.by, "PATCH", f"/w/groups/{chat.group}", allowed, title=self.title)


@dataclass(frozen=True)
class Connection(Action):
    """What becomes of one of two tabs: it closes, comes back with its last id, reloads as a page of its own, or comes
    back with an id that is in the log no more (forgotten)."""

    tab: int
    how: str

    def run(self, chat: Chat) -> None:
        tab = chat.tabs[self.by][self.tab]
        if self.how == "reloads":
            return tab.open_anew()
        tab.close()
        if self.how == "forgotten":
            with database_inspection.redis_of(chat.server) as redis:
                redis.xtrim(database_inspection.log_of(chat.people[self.by]), maxlen=0, approximate=False)
        if self.how != "closes":
            tab.come_back()
        return None


@st.composite
def moment(draw: st.DrawFn) -> list[Action]:
    """Some actions that happen at once, most of them about the same message: so they get into each other's way."""
    by, which = st.sampled_from(WHO), st.just(draw(st.sampled_from((0, 0, 0, 1, 2))))
    changer = st.sampled_from(("author",) * 4 + WHO)
    often = [
        st.builds(Send, by, st.none() | which | which, st.booleans()),
        st.builds(Edit, changer, which, st.sampled_from(["green", "black"])),
        st.builds(React, by, which, st.sampled_from(["👍", "❤️"])),
        st.builds(Read, by, st.integers(0, 3)),
    ]
    seldom = [
        st.builds(Delete, changer, which),
        st.builds(Retry, by, which),
        st.builds(TakeBack, by, which),
        st.builds(Forward, by, which, st.booleans()),
        st.builds(Rename, by, st.sampled_from(["tea", "coffee"])),
        st.builds(Connection, by, st.integers(0, 1), st.sampled_from(["closes", "comes back", "reloads", "forgotten"])),
    ]
    return draw(st.lists(st.one_of(*often, *often, *seldom), min_size=2, max_size=8))
