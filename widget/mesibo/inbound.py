"""What comes from mesibo, on its way into the chat: like anything that is said or done there, and each once."""

from __future__ import annotations

import itertools
import logging
import time
import uuid
from datetime import timedelta

from redis import Redis, RedisError
from sqlalchemy.exc import OperationalError

from widget.chat import events, presence, receipts
from widget.chat.conversations import views as conversation_views
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.errors import Refusal
from widget.chat.messages import edits, sending
from widget.chat.messages.sending import ExternalId
from widget.mesibo import attachments, directory, outbound, outbox, state
from widget.mesibo.transports.base import (
    InboundEvent,
    MessageChanged,
    MessageReceived,
    PresenceReceived,
    ReceiptReceived,
)
from widget.models import BODY_LIMIT, User
from widget.settings import Settings
from widget.text import clean

NEWS = 24 * 3600 * 1000
"""For how many milliseconds a message that the link remembers may be one that never got here."""

EVER = timedelta(days=36500)
"""How late an agent may change what they said in their app: mesibo has let them."""

_NAMES = uuid.UUID("5b0f5f0e-6d53-4d6a-9b1c-2f6f6f3f7a10")
_log = logging.getLogger(__name__)


class Inbound:
    """Takes what the keeper's link brings. The same thing again changes nothing."""

    def __init__(self, settings: Settings, redis: Redis):
        self._settings = settings
        self._redis = redis

    def take(self, arrival: InboundEvent) -> None:
        """Bring it into the chat; what the chat refuses is logged and gone, or it would come again for ever.

        Raises RedisError and OperationalError, when a part is away that will be back.
        """
        try:
            match arrival:
                case MessageReceived():
                    self._written(arrival)
                case MessageChanged():
                    self._changed(arrival)
                case ReceiptReceived():
                    self._marked(arrival)
                case PresenceReceived():
                    self._noticed(arrival)
        except Refusal as refusal:
            _log.warning("what came from mesibo was not accepted: %s", refusal.reason)
        except (RedisError, OperationalError):
            raise
        except Exception:
            _log.exception("what came from mesibo could not be taken: %s", arrival)

    def _agent(self, address: str) -> User | None:
        """Whose app is at an address; None for anybody who does not answer for the team."""
        if address not in directory.addresses(self._settings.destination):
            return None
        return directory.agent_at_or_new(address, self._settings.display_name)

    def _written(self, it: MessageReceived) -> None:
        if not it.origin or directory.visitor_at(it.origin):
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
        known = directory.message_with_mid(it.reply_to, conversation_id) if it.reply_to else None
        # The name makes it the same message each time it comes.
        names = (str(uuid.uuid5(_NAMES, f"{it.origin}/{it.mid}/{number}")) for number in itertools.count())
        name = next(names)
        upload, text = None, it.text
        if it.file and not sending.sent_before(agent, name):
            upload = attachments.incoming(agent, it.file, self._settings)
            text = text if upload else "\n".join(filter(None, (text, it.file.url)))
        text = clean.text(text)
        reply_to = known.message_id if known else None
        for start in range(0, max(len(text), 1), BODY_LIMIT):
            sending.send(
                agent,
                conversation_id,
                text[start : start + BODY_LIMIT],
                name,
                reply_to=reply_to,
                upload=upload,
                preview=self._settings.link_previews,
                external_id=ExternalId(it.origin, it.mid),
            )
            name, upload, reply_to = next(names), None, None

    def _where(self, gid: int, to: str, reply_to: int | None) -> str | None:
        """The id of the conversation that something from an app belongs to."""
        if gid:
            return directory.conversation_with_group(gid)
        if to and (visitor_id := directory.visitor_at(to)):
            return directory.own_conversation(visitor_id)
        if not self._settings.single_user:
            return None
        answered = directory.message_with_mid(reply_to) if reply_to else None
        return answered.conversation_id if answered else directory.last_addressed()

    def _echo(self, it: MessageReceived) -> None:
        """One's own message seen again: what had perhaps left has."""
        for entry in outbox.in_doubt():
            if it.origin:
                same = it.text == getattr(outbound.outgoing(entry, None, quotes=True), "text", None)
                same = same and entry.conversation.id == self._spoken_in(it)
            else:
                same = entry.mid == it.mid
            if same:
                outbox.mark_sent(entry, it.origin, it.mid)
                return

    def _spoken_in(self, it: MessageReceived) -> str | None:
        if it.gid:
            return directory.conversation_with_group(it.gid)
        visitor_id = directory.visitor_at(it.origin)
        return directory.own_conversation(visitor_id) if visitor_id else None

    def _changed(self, it: MessageChanged) -> None:
        found = directory.message_with_mid(it.mid, origin=it.origin)
        agent = directory.agent_at(it.origin)
        if found is None or agent is None:
            return
        if it.text is None:
            edits.delete_message(agent, found.message_id, EVER, external_id=ExternalId(it.origin, it.mid))
        else:
            text = clean.text(it.text)[:BODY_LIMIT]
            edits.edit(agent, found.message_id, text, EVER, external_id=ExternalId(it.origin, it.mid))

    def _marked(self, it: ReceiptReceived) -> None:
        found = directory.message_with_mid(it.mid)
        if found is None:
            return
        if it.status == "failed":
            outbox.mark_failed(outbox.entry_of(it.mid), it.reason)
        elif it.status == "read":
            receipts.mark_read(User(id=TEAM_ID), found.conversation_id, found.seq)
        else:
            receipts.mark_delivered({(TEAM_ID, found.conversation_id): found.seq})

    def _noticed(self, it: PresenceReceived) -> None:
        agent = self._agent(it.origin)
        if agent is None:
            return
        if it.what == "typing":
            conversation_id = self._where(it.gid, it.to, None)
            if conversation_id is not None:
                presence.announce_typing(agent, conversation_id)
            return
        change = state.app_opened if it.what == "online" else state.app_closed
        if change(self._redis, agent.id):
            events.presence_changed.send(frozenset({agent.id}))


def is_visitor(conversation_id: str, member_id: str) -> bool:
    """Whether a member of a conversation is a visitor's: what they have read, the agents' apps may know."""
    views = conversation_views.per_member(conversation_id)
    return any(view.me.id == member_id and view.me.user_id != TEAM_ID for view in views)
