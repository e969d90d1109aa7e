"""The keeper: one background greenlet of the whole deployment that holds the link, and alone speaks with mesibo."""

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
from widget.mesibo import commands, directory, groups, inbound, outbound, outbox, state
from widget.mesibo.commands import Command
from widget.mesibo.inbound import Inbound
from widget.mesibo.lease import Lease
from widget.mesibo.outbox import Entry
from widget.mesibo.rate_limit import Backoff, RateLimit
from widget.mesibo.transports import factory
from widget.mesibo.transports.base import FINAL, LIMIT, MesiboStatus, OutcomeUnknown, Refused, RetryLater, Transport
from widget.settings import Settings

PAUSE = 1.0
"""Seconds between two looks into the outbox that nobody asked for, and between two claims of the lease."""

TICK = 0.1
"""Seconds for which the link is listened to before the keeper sees whether something was asked of it."""

SLICE = 0.5
"""Seconds of sending after which it is time again to hear what came."""

ECHO = 5.0
"""Seconds for which the echo of a message that has perhaps left is waited for, where the link cannot look it up."""

DIALOGS = 20
"""In how many conversations the link's memory is searched for what came while nobody held it."""

_log = logging.getLogger(__name__)


class MesiboWorker:
    """Every worker has one; only the one that holds the lease works."""

    def __init__(self, app: Flask, redis: Redis):
        self._app = app
        self._redis = redis
        self._settings: Settings = extensions.of(app).settings
        self._stopping = Event()
        self._greenlet: gevent.Greenlet[[], None] | None = None
        self._choice = factory.choose(self._settings)
        self._api = factory.api(self._settings, self._claim)
        self._links = [
            factory.create(name, self._settings, self._api, self._stopping.wait) for name in self._choice.names
        ]
        self._arrivals = Inbound(self._settings, redis)
        self._pace = RateLimit(self._settings.mesibo_pace)
        self._backoff = Backoff()
        self._told: MesiboStatus | None = None
        self._claimed = self._looked = self._said = self._later = float("-inf")
        self._began = False
        self._searched = False
        self.lease = Lease(redis)

    @property
    def leads_out(self) -> bool:
        """Whether the link leads anywhere: then others tell the keeper what happens."""
        return self._choice.names != ("local",)

    @property
    def state(self) -> MesiboStatus:
        """How the link is doing, by the word of whoever is the keeper."""
        return state.current(self._redis, self._choice.names[0])

    @property
    def _link(self) -> Transport:
        return self._links[0]

    def start(self) -> None:
        """Begin, in a greenlet of this process."""
        _log.info("the link is %s: %s", self._choice.names[0], self._choice.why)
        self._greenlet = gevent.spawn(self._run)

    def stop(self) -> None:
        """Finish the entry in hand, then give the lease up. Returns at once."""
        self._stopping.set()

    def join(self, seconds: float) -> None:
        """Wait until the lease is given up after `stop`, but no longer than this."""
        if self._greenlet is not None:
            self._greenlet.join(seconds)

    def _run(self) -> None:
        with self._app.app_context():
            while not self._stopping.is_set():
                try:
                    self._turn()
                    continue
                except (RedisError, SQLAlchemyError) as error:
                    _log.warning("the keeper cannot work at the moment: %s", str(error).partition("\n")[0])
                except Exception:
                    _log.exception("the keeper failed; it goes on")
                self._stopping.wait(PAUSE)
                if self._began and not self.lease.held:  # Redis has not answered for as long as the lease lasted
                    self._let_go()
            self._let_go()
            try:
                self.lease.release()
            except RedisError:
                _log.debug("the lease runs out by itself")

    def _turn(self) -> None:
        """Hear what came, do what was asked, send what waits. None of it takes long, so the lease is always renewed."""
        self._claim()
        if not self.lease.held:
            self._let_go()
            self._stopping.wait(PAUSE)
            return
        if not self._began:
            self._begin()
        for arrival in self._link.listen(TICK if self.leads_out else PAUSE):
            self._arrivals.take(arrival)
            self._claim()
        if self._link.state.state in FINAL and len(self._links) > 1:
            self._fall_back()
        wanted = False
        for one in commands.receive(self._redis) if self.leads_out else ():
            wanted |= self._do(one)
        if wanted or time.monotonic() - self._looked >= PAUSE:
            self._looked = time.monotonic()
            if self.leads_out:
                self._drain()
        self._tell()

    def _claim(self) -> None:
        if time.monotonic() - self._claimed >= PAUSE or not self.lease.held:
            self.lease.claim()
            self._claimed = time.monotonic()

    def _begin(self) -> None:
        _log.info("now the keeper (link: %s)", self._link.name)
        self._began = True
        self._searched = False
        outbox.doubt()  # whoever was handing something over did not live to tell
        self._link.start()

    def _let_go(self) -> None:
        if self._began:
            _log.info("no longer the keeper (link: %s)", self._link.name)
            self._began = False
            self._told = None
            self._link.stop()

    def _fall_back(self) -> None:
        gone = self._links.pop(0)
        _log.warning("the %s link is used instead of %s. %s", self._link.name, gone.name, gone.state.reason)
        gone.stop()
        self._link.start()

    def _tell(self) -> None:
        """Say in Redis how the link is doing, and tell the tabs when that has changed."""
        told, link = self._told, self._link.state
        same = told is not None and (told.name, told.state, told.reason) == (link.name, link.state, link.reason)
        if not self.leads_out or (same and time.monotonic() - self._said < PAUSE):
            return
        self._said = time.monotonic()
        self._told = replace(link, waiting=outbox.count_waiting())
        state.store(self._redis, self._told)
        if self._told != told:
            mesibo_status_changed.send(self._told, for_all=not same)

    # ---- what was asked

    def _do(self, one: Command) -> bool:
        """Do what another process asked for; returns whether the outbox is to be looked into."""
        if one.what == "call":
            self._token_for_a_call(one)
        elif one.what in ("typing", "read"):
            dialog = self._link.known(one.about["conversation"])
            if dialog is not None and one.what == "typing":
                self._link.write(dialog)
            elif dialog is not None and inbound.is_visitor(one.about["conversation"], one.about["member"]):
                self._link.read(dialog)
        return one.what == "send"

    def _token_for_a_call(self, one: Command) -> None:
        """A token of the visitor's own mesibo user: with the link's, the link would be signed out."""
        if self._api is None:
            return commands.reply(self._redis, one, reason=mark("Calls to mesibo apps are not set up here."))
        try:
            address = groups.address_for(one.about["user"])
            token = self._api.make_user(address, one.about["name"], groups.USER_MINUTES)
        except (RetryLater, OutcomeUnknown, Refused) as error:
            _log.warning("no token for a call: %s", error)
            token = ""
        if not token:
            return commands.reply(self._redis, one, reason=mark("mesibo could not prepare the call; please try again."))
        return commands.reply(self._redis, one, token=token)

    # ---- what leaves

    def _drain(self) -> None:
        """Send what waits, oldest first, for as long as the lease is surely ours."""
        if not self._link.ready or time.monotonic() < self._later:
            return
        give_up = time.monotonic() + SLICE
        try:
            held_up = self._settle()
            while not self._stopping.is_set():
                self._claim()
                if not self.lease.holds_for(LIMIT):
                    return
                if time.monotonic() > give_up:
                    self._looked = float("-inf")
                    return
                entry = outbox.next_waiting(held_up)
                if entry is None:
                    return
                if not self._send(entry):
                    held_up.add(entry.conversation.id)
        except RetryLater as error:
            self._later = time.monotonic() + max(error.seconds, self._backoff.next())
            _log.info("what waits is sent later: %s", error)

    def _settle(self) -> set[str]:
        """Look up what has perhaps left; returns the conversations that must wait until that is known."""
        doubtful = outbox.in_doubt()
        dialogs = outbox.latest_dialogs(DIALOGS) if self._link.numbers and not self._searched else []
        if self._link.numbers and (doubtful or dialogs):
            for conversation_id in dict.fromkeys([*(entry.conversation.id for entry in doubtful), *dialogs]):
                self._claim()
                dialog = self._link.known(conversation_id)
                for seen in (self._link.find(dialog) if dialog else None) or ():
                    self._arrivals.take(seen)
            self._searched = True
            doubtful = outbox.in_doubt()
        for entry in doubtful:
            waited = time.time() - (entry.handed_at.timestamp() if entry.handed_at else 0)
            if self._link.numbers or waited >= ECHO:
                outbox.put_back(entry)
        return {entry.conversation.id for entry in outbox.in_doubt()}

    def _send(self, entry: Entry) -> bool:
        """Hand one entry over; returns False when its conversation has to wait. Raises Later when all have to."""
        try:
            team = directory.addresses(self._settings.destination)
            dialog = self._link.open(entry.conversation, entry.message.sender, team)
            if not self._pace.allows(dialog.sender):
                return False
            mid = outbox.hand_over(entry, self._link.numbers)
        except LookupError:
            return False
        except OutcomeUnknown as error:  # whether a group or a user was made; it will be found, or made again
            raise RetryLater(str(error)) from None
        except Refused as refusal:
            outbox.mark_failed(entry.number, str(refusal))
            return True
        try:
            message = outbound.outgoing(entry, mid, quotes=not self._link.numbers)
            sent = self._link.send(dialog, message) if message else None
        except RetryLater:
            outbox.put_back(entry)
            raise
        except OutcomeUnknown as error:
            outbox.doubt(entry)
            raise RetryLater(str(error)) from None
        except Refused as refusal:
            outbox.mark_failed(entry.number, str(refusal))
            return True
        outbox.mark_sent(entry, dialog.sender, sent)
        self._backoff.reset()
        return True
