"""What comes from mesibo, on its way into the chat: like anything that is said or done there, and each once."""

from __future__ import annotations

import itertools
import logging
import re
import time
import uuid
from datetime import timedelta

from redis import Redis, RedisError
from sqlalchemy.exc import OperationalError

from widget.chat import conversations, edits, messages, outbox, peers, presence, receipts, signals
from widget.chat.conversations import TEAM_ID
from widget.chat.errors import Refusal
from widget.chat.messages import Came
from widget.link import compose, enclosures, state
from widget.link.base import Arrival, Changed, Marked, Noticed, Written
from widget.models import BODY_LIMIT, User
from widget.settings import Settings

NEWS = 24 * 3600 * 1000
"""For how many milliseconds a message that the link remembers may be one that never got here."""

EVER = timedelta(days=36500)
"""How late an agent may change what they said in their app: mesibo has let them."""

_NAMES = uuid.UUID("5b0f5f0e-6d53-4d6a-9b1c-2f6f6f3f7a10")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")  # as in what a browser sends
_log = logging.getLogger(__name__)


class Arrivals:
    """Takes what the keeper's link brings. The same thing again changes nothing."""

    def __init__(self, settings: Settings, redis: Redis):
        self._settings = settings
        self._redis = redis

    def take(self, arrival: Arrival) -> None:
        """Bring it into the chat; what the chat refuses is logged and gone, or it would come again for ever.

        Raises RedisError and OperationalError, when a part is away that will be back.
        """
        try:
            match arrival:
                case Written():
                    self._written(arrival)
                case Changed():
                    self._changed(arrival)
                case Marked():
                    self._marked(arrival)
                case Noticed():
                    self._noticed(arrival)
        except Refusal as refusal:
            _log.warning("what came from mesibo was not accepted: %s", refusal.reason)
        except (RedisError, OperationalError):
            raise
        except Exception:
            _log.exception("what came from mesibo could not be taken: %s", arrival)

    def _agent(self, address: str) -> User | None:
        """Whose app is at an address; None for anybody who does not answer for the team."""
        if address not in peers.addresses(self._settings.destination):
            return None
        return peers.agent_for(address, self._settings.display_name)

    def _written(self, it: Written) -> None:
        if not it.origin or peers.visitor_at(it.origin):
            self._echo(it)
            return
        agent = self._agent(it.origin)
        if agent is None:
            _log.warning("somebody who is not of the team writes from the mesibo address %s; it is ignored", it.origin)
            return
        if it.kept and time.time() * 1000 - it.at > NEWS:
            return
        conversation_id = self._where(it.gid, it.to, it.reply_to)
        if conversation_id is None:
            _log.warning("a message from %s belongs to no conversation here; it is ignored", it.origin)
            return
        known = peers.message_called(it.reply_to, conversation_id) if it.reply_to else None
        # The name makes it the same message each time it comes.
        names = (str(uuid.uuid5(_NAMES, f"{it.origin}/{it.mid}/{number}")) for number in itertools.count())
        name = next(names)
        upload, text = None, it.text
        if it.file and not messages.sent_before(agent, name):
            upload = enclosures.incoming(agent, it.file, self._settings)
            text = text if upload else "\n".join(filter(None, (text, it.file.url)))
        text = _UNPRINTABLE.sub("", text)
        reply_to = known.message_id if known else None
        for start in range(0, max(len(text), 1), BODY_LIMIT):
            messages.send(
                agent,
                conversation_id,
                text[start : start + BODY_LIMIT],
                name,
                reply_to=reply_to,
                upload=upload,
                preview=self._settings.link_previews == "on",
                came=Came(it.origin, it.mid),
            )
            name, upload, reply_to = next(names), None, None

    def _where(self, gid: int, to: str, reply_to: int | None) -> str | None:
        """The id of the conversation that something from an app belongs to."""
        if gid:
            return peers.conversation_with_group(gid)
        if to and (visitor_id := peers.visitor_at(to)):
            return peers.own_conversation(visitor_id)
        if self._settings.single_user != "1":
            return None
        answered = peers.message_called(reply_to) if reply_to else None
        return answered.conversation_id if answered else peers.last_addressed()

    def _echo(self, it: Written) -> None:
        """One's own message seen again: what had perhaps left has."""
        for entry in outbox.in_doubt():
            if it.origin:
                same = it.text == getattr(compose.outgoing(entry, None, quotes=True), "text", None)
                same = same and entry.conversation.id == self._spoken_in(it)
            else:
                same = entry.mid == it.mid
            if same:
                outbox.mark_sent(entry, it.origin, it.mid)
                return

    def _spoken_in(self, it: Written) -> str | None:
        if it.gid:
            return peers.conversation_with_group(it.gid)
        visitor_id = peers.visitor_at(it.origin)
        return peers.own_conversation(visitor_id) if visitor_id else None

    def _changed(self, it: Changed) -> None:
        found = peers.message_called(it.mid, origin=it.origin)
        agent = peers.agent_at(it.origin)
        if found is None or agent is None:
            return
        if it.text is None:
            edits.remove(agent, found.message_id, EVER, leaves=False)
        else:
            text = _UNPRINTABLE.sub("", it.text)[:BODY_LIMIT]
            edits.edit(agent, found.message_id, text, EVER, leaves=False)

    def _marked(self, it: Marked) -> None:
        found = peers.message_called(it.mid)
        if found is None:
            return
        if it.status == "failed":
            outbox.mark_failed(outbox.entry_of(it.mid), it.reason)
        elif it.status == "read":
            receipts.mark_read(User(id=TEAM_ID), found.conversation_id, found.seq)
        else:
            receipts.mark_delivered({(TEAM_ID, found.conversation_id): found.seq})

    def _noticed(self, it: Noticed) -> None:
        agent = self._agent(it.origin)
        if agent is None:
            return
        if it.what == "typing":
            conversation_id = self._where(it.gid, it.to, None)
            if conversation_id is not None:
                presence.write(agent, conversation_id)
            return
        change = state.app_opened if it.what == "online" else state.app_closed
        if change(self._redis, agent.id):
            signals.presence_changed.send(frozenset({agent.id}))


def spoken_to(conversation_id: str, member_id: str) -> bool:
    """Whether a chair of a conversation is a visitor's: what they have read, the agents' apps may know."""
    views = conversations.from_every_chair(conversation_id)
    return any(view.me.id == member_id and view.me.user_id != TEAM_ID for view in views)
