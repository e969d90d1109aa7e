"""The worker: a background greenlet of each process. The one that holds the lease, and it alone, talks to mesibo."""

from __future__ import annotations

import logging
import time
from dataclasses import replace

import gevent
from flask import Flask
from gevent.event import Event
from redis import Redis, RedisError
from sqlalchemy.exc import SQLAlchemyError

from widget import extensions
from widget.chat.events import mesibo_status_changed
from widget.i18n import mark
from widget.mesibo import commands, directory, groups, inbound, outbound, outbox, status
from widget.mesibo.commands import Command
from widget.mesibo.inbound import Inbound
from widget.mesibo.lease import Lease
from widget.mesibo.outbox import Entry
from widget.mesibo.rate_limit import Backoff, RateLimit
from widget.mesibo.transports import factory
from widget.mesibo.transports.base import FINAL, LIMIT, MesiboStatus, OutcomeUnknown, Refused, RetryLater, Transport
from widget.settings import Settings

PAUSE = 1.0
"""Seconds between two reads of the outbox without a command, and between two renewals of the lease."""

TICK = 0.1
"""Seconds to wait for events of mesibo before the commands of other processes are read."""

SLICE = 0.5
"""Seconds of sending after which it is time to receive again."""

ECHO = 5.0
"""Seconds to wait for the echo of a message that may have left, where the transport has no history to look it up in."""

DIALOGS = 20
"""In how many conversations the transport's history is read for what came while no process was connected."""

_log = logging.getLogger(__name__)


class MesiboWorker:
    """Every process has one; only the one that holds the lease works."""

    def __init__(self, app: Flask, redis: Redis):
        self._app = app
        self._redis = redis
        self._settings: Settings = extensions.of(app).settings
        self._stopping = Event()
        self._greenlet: gevent.Greenlet[[], None] | None = None
        self._choice = factory.choose(self._settings)
        self._api = factory.api(self._settings, self._claim)
        self._transports = [
            factory.create(name, self._settings, self._api, self._stopping.wait) for name in self._choice.names
        ]
        self._inbound = Inbound(self._settings, redis)
        self._rate_limit = RateLimit(self._settings.mesibo_pace)
        self._backoff = Backoff()
        self._stored: MesiboStatus | None = None
        self._claimed_at = self._drained_at = self._stored_at = self._retry_at = float("-inf")
        self._active = False
        self._history_read = False
        self.lease = Lease(redis)

    @property
    def enabled(self) -> bool:
        """Whether messages go to mesibo at all; without it nothing is written or asked for its sake."""
        return self._choice.names != ("local",)

    @property
    def status(self) -> MesiboStatus:
        """How the connection is doing, as the process that holds the lease has noted it."""
        return status.current(self._redis, self._choice.names[0])

    @property
    def _transport(self) -> Transport:
        return self._transports[0]

    def start(self) -> None:
        """Begin, in a greenlet of this process."""
        _log.info("mesibo transport: %s, because %s", self._choice.names[0], self._choice.why)
        self._greenlet = gevent.spawn(self._run)

    def stop(self) -> None:
        """Ask the greenlet to finish its entry and give up the lease. Returns at once."""
        self._stopping.set()

    def join(self, seconds: float) -> None:
        """Wait after `stop` until the lease is given up, but no longer than `seconds`."""
        if self._greenlet is not None:
            self._greenlet.join(seconds)

    def _run(self) -> None:
        with self._app.app_context():
            while not self._stopping.is_set():
                try:
                    self._run_once()
                    continue
                except (RedisError, SQLAlchemyError) as error:
                    _log.warning("the mesibo worker cannot work at the moment: %s", str(error).partition("\n")[0])
                except Exception:
                    _log.exception("the mesibo worker failed; it goes on")
                self._stopping.wait(PAUSE)
                if self._active and not self.lease.held:  # Redis has not answered for as long as the lease lasted
                    self._deactivate()
            self._deactivate()
            try:
                self.lease.release()
            except RedisError:
                _log.debug("the lease runs out by itself")

    def _run_once(self) -> None:
        """Receive events, carry out commands, send what waits: none of it for long, so the lease is always renewed."""
        self._claim()
        if not self.lease.held:
            self._deactivate()
            self._stopping.wait(PAUSE)
            return
        if not self._active:
            self._activate()
        for event in self._transport.receive(TICK if self.enabled else PAUSE):
            self._inbound.accept(event)
            self._claim()
        if self._transport.status.state in FINAL and len(self._transports) > 1:
            self._fall_back()
        drain = False
        for command in commands.receive(self._redis) if self.enabled else ():
            drain |= self._carry_out(command)
        if drain or time.monotonic() - self._drained_at >= PAUSE:
            self._drained_at = time.monotonic()
            if self.enabled:
                self._drain()
        self._store_status()

    def _claim(self) -> None:
        if time.monotonic() - self._claimed_at >= PAUSE or not self.lease.held:
            self.lease.claim()
            self._claimed_at = time.monotonic()

    def _activate(self) -> None:
        _log.info("this process holds the lease (mesibo transport: %s)", self._transport.name)
        self._active = True
        self._history_read = False
        outbox.mark_in_doubt()  # the process that was handing it over has ended without noting the outcome
        self._transport.start()

    def _deactivate(self) -> None:
        if self._active:
            _log.info("this process holds the lease no longer (mesibo transport: %s)", self._transport.name)
            self._active = False
            self._stored = None
            self._transport.stop()

    def _fall_back(self) -> None:
        failed = self._transports.pop(0)
        _log.warning(
            "the %s transport is used instead of %s. %s", self._transport.name, failed.name, failed.status.reason
        )
        failed.stop()
        self._transport.start()

    def _store_status(self) -> None:
        """Note in Redis how the connection is doing, and publish it when that has changed."""
        before, now = self._stored, self._transport.status
        unchanged = before is not None and replace(before, waiting=0) == replace(now, waiting=0)
        if not self.enabled or (unchanged and time.monotonic() - self._stored_at < PAUSE):
            return
        self._stored_at = time.monotonic()
        self._stored = replace(now, waiting=outbox.count_waiting())
        status.store(self._redis, self._stored)
        if self._stored != before:
            mesibo_status_changed.send(self._stored, for_all=not unchanged)

    # ---- commands

    def _carry_out(self, command: Command) -> bool:
        """Carry out what another process asked for; returns whether the outbox is to be read."""
        if command.name == "call":
            self._token_for_a_call(command)
        elif command.name in ("typing", "read"):
            dialog = self._transport.dialog_of(command.arguments["conversation"])
            if dialog is not None and command.name == "typing":
                self._transport.send_typing(dialog)
            elif dialog is not None and inbound.is_visitor(
                command.arguments["conversation"], command.arguments["member"]
            ):
                self._transport.send_read(dialog)
        return command.name == "send"

    def _token_for_a_call(self, command: Command) -> None:
        """A token of the visitor's own mesibo user: with the one of this server, the server would be signed out."""
        if self._api is None:
            return commands.answer(self._redis, command, reason=mark("Calls to mesibo apps are not set up here."))
        try:
            address = groups.address_for(command.arguments["user"])
            token = self._api.make_user(address, command.arguments["name"], groups.USER_MINUTES)
        except (RetryLater, OutcomeUnknown, Refused) as error:
            _log.warning("no token for a call: %s", error)
            token = ""
        if not token:
            return commands.answer(
                self._redis, command, reason=mark("mesibo could not prepare the call; please try again.")
            )
        return commands.answer(self._redis, command, token=token)

    # ---- sending

    def _drain(self) -> None:
        """Send what waits, oldest first, for as long as the lease is certainly ours."""
        if not self._transport.ready or time.monotonic() < self._retry_at:
            return
        give_up = time.monotonic() + SLICE
        try:
            held_up = self._resolve_doubts()
            while not self._stopping.is_set():
                self._claim()
                if not self.lease.holds_for(LIMIT):
                    return
                if time.monotonic() > give_up:
                    self._drained_at = float("-inf")
                    return
                entry = outbox.next_waiting(held_up)
                if entry is None:
                    return
                if not self._send(entry):
                    held_up.add(entry.conversation.id)
        except RetryLater as error:
            self._retry_at = time.monotonic() + max(error.seconds, self._backoff.next())
            _log.info("sending goes on later: %s", error)

    def _resolve_doubts(self) -> set[str]:
        """Look up the messages that may have left; returns the conversations that must wait until that is known."""
        in_doubt = outbox.in_doubt()
        dialogs = outbox.latest_dialogs(DIALOGS) if self._transport.chooses_numbers and not self._history_read else []
        if self._transport.chooses_numbers and (in_doubt or dialogs):
            for conversation_id in dict.fromkeys([*(entry.conversation.id for entry in in_doubt), *dialogs]):
                self._claim()
                dialog = self._transport.dialog_of(conversation_id)
                for event in (self._transport.history(dialog) if dialog else None) or ():
                    self._inbound.accept(event)
            self._history_read = True
            in_doubt = outbox.in_doubt()
        for entry in in_doubt:
            waited = time.time() - (entry.handed_at.timestamp() if entry.handed_at else 0)
            if self._transport.chooses_numbers or waited >= ECHO:
                outbox.put_back(entry)
        return {entry.conversation.id for entry in outbox.in_doubt()}

    def _send(self, entry: Entry) -> bool:
        """Hand one entry over; returns False when its conversation has to wait. Raises RetryLater when all have to."""
        try:
            team = directory.addresses(self._settings.destination)
            dialog = self._transport.dialog_for(entry.conversation, entry.message.sender, team)
            if not self._rate_limit.allows(dialog.sender):
                return False
            mid = outbox.hand_over(entry, self._transport.chooses_numbers)
        except LookupError:
            return False
        except OutcomeUnknown as error:  # of making a group or a user; it will be found, or made again
            raise RetryLater(str(error)) from None
        except Refused as refusal:
            outbox.mark_failed(entry.number, str(refusal))
            return True
        try:
            message = outbound.message_for(entry, mid, quotes=not self._transport.chooses_numbers)
            sent = self._transport.send(dialog, message) if message else None
        except RetryLater:
            outbox.put_back(entry)
            raise
        except OutcomeUnknown as error:
            outbox.mark_in_doubt(entry)
            raise RetryLater(str(error)) from None
        except Refused as refusal:
            outbox.mark_failed(entry.number, str(refusal))
            return True
        outbox.mark_sent(entry, dialog.sender, sent)
        self._backoff.reset()
        return True
