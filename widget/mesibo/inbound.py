"""Events of mesibo on their way into the chat, each once: messages, changes, receipts, typing and presence."""

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
from widget.mesibo import attachments, directory, open_apps, outbound, outbox
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

NEW_WITHIN = 24 * 3600 * 1000
"""Milliseconds within which a message of the transport's history may be one that never got here."""

NO_TIME_LIMIT = timedelta(days=36500)
"""For edits and deletions of agents in their app: mesibo has allowed them already."""

_NAMES = uuid.UUID("5b0f5f0e-6d53-4d6a-9b1c-2f6f6f3f7a10")
_log = logging.getLogger(__name__)


class Inbound:
    """Carries events into the chat. The same event again changes nothing."""

    def __init__(self, settings: Settings, redis: Redis):
        self._settings = settings
        self._redis = redis

    def accept(self, event: InboundEvent) -> None:
        """Carry an event into the chat; what the chat refuses is logged and dropped, or it would come again for ever.

        Raises RedisError and OperationalError: then it comes again.
        """
        try:
            match event:
                case MessageReceived():
                    self._message(event)
                case MessageChanged():
                    self._change(event)
                case ReceiptReceived():
                    self._receipt(event)
                case PresenceReceived():
                    self._presence(event)
        except Refusal as refusal:
            _log.warning("an event of mesibo was not accepted: %s", refusal.reason)
        except (RedisError, OperationalError):
            raise
        except Exception:
            _log.exception("an event of mesibo could not be worked on: %s", event)

    def _agent(self, address: str) -> User | None:
        """Whose app is at an address; None for anybody who does not answer for the team."""
        if address not in directory.addresses(self._settings.destination):
            return None
        return directory.agent_at_or_new(address, self._settings.display_name)

    def _message(self, it: MessageReceived) -> None:
        if not it.origin or directory.visitor_at(it.origin):
            self._echo(it)
            return
        agent = self._agent(it.origin)
        if agent is None:
            _log.warning("somebody who is not of the team writes from the mesibo address %s; it is ignored", it.origin)
            return
        if it.from_history and time.time() * 1000 - it.at > NEW_WITHIN:
            return
        conversation_id = self._conversation_of(it.gid, it.to, it.reply_to)
        if conversation_id is None:
            _log.warning("a message from %s belongs to no conversation here; it is ignored", it.origin)
            return
        answered = directory.message_with_mid(it.reply_to, conversation_id) if it.reply_to else None
        # The name makes it the same message each time it comes.
        client_ids = (str(uuid.uuid5(_NAMES, f"{it.origin}/{it.mid}/{number}")) for number in itertools.count())
        client_id = next(client_ids)
        upload, text = None, it.text
        if it.file and not sending.sent_before(agent, client_id):
            upload = attachments.store(agent, it.file, self._settings)
            text = text if upload else "\n".join(filter(None, (text, it.file.url)))
        text = clean.text(text)
        reply_to = answered.message_id if answered else None
        for start in range(0, max(len(text), 1), BODY_LIMIT):
            sending.send(
                agent,
                conversation_id,
                text[start : start + BODY_LIMIT],
                client_id,
                reply_to=reply_to,
                upload=upload,
                preview=self._settings.link_previews,
                external_id=ExternalId(it.origin, it.mid),
            )
            client_id, upload, reply_to = next(client_ids), None, None

    def _conversation_of(self, gid: int, to: str, reply_to: int | None) -> str | None:
        """The id of the conversation that an event of an app belongs to."""
        if gid:
            return directory.conversation_with_group(gid)
        if to and (visitor_id := directory.visitor_at(to)):
            return directory.own_conversation(visitor_id)
        if not self._settings.single_user:
            return None
        answered = directory.message_with_mid(reply_to) if reply_to else None
        return answered.conversation_id if answered else directory.last_addressed()

    def _echo(self, it: MessageReceived) -> None:
        """Our own message came back, so the entry that was in doubt has left."""
        for entry in outbox.in_doubt():
            if it.origin:
                same = it.text == getattr(outbound.message_for(entry, None, quotes=True), "text", None)
                same = same and entry.conversation.id == self._conversation_of_echo(it)
            else:
                same = entry.mid == it.mid
            if same:
                outbox.mark_sent(entry, it.origin, it.mid)
                return

    def _conversation_of_echo(self, it: MessageReceived) -> str | None:
        if it.gid:
            return directory.conversation_with_group(it.gid)
        visitor_id = directory.visitor_at(it.origin)
        return directory.own_conversation(visitor_id) if visitor_id else None

    def _change(self, it: MessageChanged) -> None:
        known = directory.message_with_mid(it.mid, origin=it.origin)
        agent = directory.agent_at(it.origin)
        if known is None or agent is None:
            return
        if it.text is None:
            edits.delete_message(agent, known.message_id, NO_TIME_LIMIT, external_id=ExternalId(it.origin, it.mid))
        else:
            text = clean.text(it.text)[:BODY_LIMIT]
            edits.edit(agent, known.message_id, text, NO_TIME_LIMIT, external_id=ExternalId(it.origin, it.mid))

    def _receipt(self, it: ReceiptReceived) -> None:
        known = directory.message_with_mid(it.mid)
        if known is None:
            return
        if it.status == "failed":
            outbox.mark_failed(outbox.entry_of(it.mid), it.reason)
        elif it.status == "read":
            receipts.mark_read(User(id=TEAM_ID), known.conversation_id, known.seq)
        else:
            receipts.mark_delivered({(TEAM_ID, known.conversation_id): known.seq})

    def _presence(self, it: PresenceReceived) -> None:
        agent = self._agent(it.origin)
        if agent is None:
            return
        if it.what == "typing":
            conversation_id = self._conversation_of(it.gid, it.to, None)
            if conversation_id is not None:
                presence.announce_typing(agent, conversation_id)
            return
        change = open_apps.opened if it.what == "online" else open_apps.closed
        if change(self._redis, agent.id):
            events.presence_changed.send(frozenset({agent.id}))


def is_visitor(conversation_id: str, member_id: str) -> bool:
    """Whether a member of a conversation is a visitor: the agents' apps are told what visitors have read."""
    views = conversation_views.per_member(conversation_id)
    return any(view.me.id == member_id and view.me.user_id != TEAM_ID for view in views)
