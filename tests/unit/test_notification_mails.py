"""Mails about visitors who wait: to whom, about what, once. On both databases, with a real mail server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import current_app
from werkzeug.test import TestResponse

from tests import services
from tests.mail_server import MailServer
from tests.unit.team_scene import Chat, agent, alone, chat, reloaded, send
from widget import db
from widget.background import notifications
from widget.chat import receipts
from widget.chat.conversations import views, work
from widget.chat.conversations.work import Change
from widget.chat.users import agents, merging, team, tokens, visitors
from widget.chat.users.visitors import OpenedSession, Profile
from widget.models import Notification, User, new_id, now
from widget.notifications import invitation, queue, recipients

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture(scope="module")
def environ(mail_server: MailServer) -> dict[str, str]:
    return {"SMTP_URL": mail_server.url, "MAIL_FROM": "Käthe’s <chat@example.com>", "PUBLIC_URL": "https://c.test"}


LATER = timedelta(minutes=6)


@pytest.fixture(scope="module")
def mail_server() -> Iterator[MailServer]:
    with services.closing(MailServer()) as server:
        yield server


@pytest.fixture
def ana(mail_server: MailServer) -> User:
    alone()
    with db.transaction() as session:  # the agents of other tests are told nothing
        for other in session.query(User).where(User.kind == "agent"):
            session.merge(recipients.preferences(session, other.id)).mail = "none"
        session.query(Notification).delete()
    mail_server.mails.clear()
    return agent("Ana\r\nBcc: everybody@example.com")


def waits(body: str = "my pot is broken") -> Chat:
    found = chat()
    found.asks(body)
    return found


def told(mail_server: MailServer) -> list[str]:
    return [str(it["To"].addresses[0].addr_spec) for it in mail_server.mails]


def look_and_send(after: timedelta = LATER) -> None:
    notifications.find(now() + after)
    notifications.send_due(now() + after)


def test_a_mail_says_who_waits_for_what_with_a_link_once_until_it_is_answered(
    ana: User, mail_server: MailServer
) -> None:
    one = waits("my pot\nis *broken*\n.\nfrom “Käthe”")
    look_and_send(timedelta(minutes=4))
    assert not mail_server.mails
    look_and_send()
    one.asks("still nobody?")
    look_and_send(timedelta(hours=3))
    (mail,) = mail_server.mails
    assert mail["To"].addresses[0].addr_spec == ana.login
    assert "Bcc" not in mail
    assert str(mail["From"]) == "Käthe’s <chat@example.com>"
    assert mail["Subject"] == f"{one.visitor.name} is waiting for an answer"
    text = mail.get_content()
    assert "for 6 minutes" in text
    assert "is broken . from “Käthe”" in text
    assert f"https://c.test/inbox/{one.id}" in text
    send(ana, one.id, "here I am")
    one.asks("and now?")
    look_and_send(timedelta(hours=3))
    assert len(mail_server.mails) == 2
    look_and_send(timedelta(days=31))
    queue.delete_old(now() + timedelta(days=31))
    look_and_send(timedelta(days=32))
    assert len(mail_server.mails) == 2


def test_whoever_has_it_is_told_else_everybody_who_wants_that(ana: User, mail_server: MailServer) -> None:
    ben, cem, dee = agent("Ben"), agent("Cem"), agent("Dee")
    recipients.set_preferences(cem, {"mail": "all"}, words=False)
    recipients.set_preferences(dee, {"mail": "none"}, words=True)
    mine = waits()
    work.change(ana, mine.id, Change(assignee=ben.id))
    look_and_send()
    assert sorted(told(mail_server)) == sorted(filter(None, (ben.login, cem.login)))
    texts = {it["To"].addresses[0].addr_spec: it.get_content() for it in mail_server.mails}
    assert "my pot" in texts[ben.login]
    assert "my pot" not in texts[cem.login]
    mail_server.mails.clear()
    waits()
    look_and_send()
    assert sorted(told(mail_server)) == sorted(filter(None, (ana.login, ben.login, cem.login)))


def test_nobody_is_told_of_what_an_agent_has_looked_at_or_answered_meanwhile(
    ana: User, mail_server: MailServer
) -> None:
    seen, answered, resolved = waits(), waits(), waits()
    receipts.mark_read(ana, seen.id, seen.row.last_seq)
    notifications.find(now() + LATER)
    send(ana, answered.id, "hello")
    work.change(ana, resolved.id, Change(status="resolved"))
    notifications.send_due(now() + LATER)
    assert mail_server.mails == []


def test_what_was_certainly_not_taken_is_sent_again_and_what_may_have_been_is_not(
    ana: User, mail_server: MailServer
) -> None:
    waits()
    mail_server.answers = ["451 later", "250 taken"]
    look_and_send()
    assert (mail_server.mails, queue.last_error("mail")) == ([], "451 later")
    look_and_send(LATER + timedelta(seconds=20))
    assert mail_server.mails == []
    look_and_send(LATER + timedelta(minutes=1))
    assert (told(mail_server), queue.last_error("mail")) == ([ana.login], None)
    for answer in (None, "550 no such mailbox"):
        alone()
        mail_server.mails.clear()
        mail_server.answers = [answer]
        waits()
        for hours in range(1, 9):
            look_and_send(timedelta(hours=hours))
        assert len(mail_server.mails) == (answer is None)


def test_of_two_processes_that_send_at_once_one_does(ana: User, mail_server: MailServer) -> None:
    waits()
    notifications.find(now() + LATER)
    (due,) = queue.due(now() + LATER)
    assert [queue.claim(due), queue.claim(due)] == [True, False]


def test_an_invitation_brings_a_link_that_lets_in_once_and_is_made_when_it_is_sent(
    ana: User, mail_server: MailServer
) -> None:
    guest, first = team.invite(ana, f"{new_id()}@example.com", "Zoë")
    invitation.send_soon(guest.id)
    mail_server.answers = ["451 later", "250 taken"]
    notifications.send_due(now())
    assert not mail_server.mails  # it was not taken, and will be tried again
    assert "451" in (queue.last_error(invitation.CHANNEL) or "")
    gone = agents.add(f"{new_id()}@example.com")
    invitation.send_soon(team.invite(gone, f"{new_id()}@example.com")[0].id)
    agents.remove(gone)  # whoever they have invited does not come in any more
    notifications.send_due(now() + timedelta(minutes=2))
    notifications.send_due(now() + timedelta(hours=2))
    (mail,) = mail_server.mails
    assert mail["To"].addresses[0].addr_spec == guest.login
    assert mail["Subject"].startswith("Answer visitors with ")
    assert "Zoë, this link lets you into the inbox" in mail.get_content()
    assert "within 3 days" in mail.get_content()
    (secret,) = re.findall(r"https://c\.test/inbox/link/(\S+)", mail.get_content())
    assert tokens.spend(first, "link") is None  # the one before is worthless
    let_in = tokens.spend(secret, "link")
    assert let_in is not None
    assert let_in.id == guest.id
    assert tokens.spend(secret, "link") is None


def test_the_other_history_is_read_by_whom_a_code_from_a_mail_proves_the_address_and_by_nobody_else(
    ana: User, mail_server: MailServer
) -> None:
    client, address = current_app.test_client(), f"Carla.{new_id()}@example.com"
    phone, laptop, liar = (visitors.open_session(None, Profile(email=it)) for it in (None, address, address))
    where, own = (views.list_for(it.user)[0].conversation.id for it in (laptop, phone))
    send(laptop.user, where, "from my laptop")
    send(ana, where, "between us", private=True)
    merging.merge(ana, phone.user.id, laptop.user.id, True)

    def ask(who: OpenedSession, path: str = "", form: str = "application/json", **body: str) -> TestResponse:
        headers = {"Authorization": f"Bearer {who.token}", "Accept": form}
        method = "POST" if body else "GET"
        with current_app.app_context():  # each request has its own
            return client.open(f"/w/earlier{path}", method=method, json=body or None, headers=headers)

    def code() -> str:
        notifications.send_due(now())
        mail = mail_server.mails.pop()
        assert (mail["To"].addresses[0].addr_spec, mail_server.mails) == (address.lower(), [])
        return re.findall(r"^(\d{6})\r?$", mail.get_content(), re.MULTILINE)[0]

    # What is answered tells nobody whether an address is known; and who only types one is shown nothing.
    unknown = ask(phone, form="text/html", email="nobody@example.com")
    notifications.send_due(now())
    assert ask(liar, email=address).json == {"conversations": []}
    notifications.send_due(now())
    assert mail_server.mails == []
    assert ask(phone, form="text/html", email=address).data == unknown.data
    right = code()
    assert (ask(phone).json, ask(phone, f"/{where}").status_code) == ({"conversations": []}, 404)
    for who, given in ((liar, right), (phone, "x"), (phone, f"{(int(right) + 1) % 10**6:06}")):
        assert ask(who, "/code", code=given).status_code == 422
    found = ask(phone, "/code", code=f" {right[:3]} {right[3:]}")
    assert [it["id"] for it in found.json["conversations"]] == [where]
    assert ask(phone, "/code", code=right).status_code == 422  # it is good once
    assert [it["body"] for it in ask(phone, f"/{where}").json["messages"]] == ["from my laptop"]
    page = ask(phone, f"/{where}", "text/html").text
    assert page.count('data-testid="earlier-message"') == page.count("from my laptop") == 1
    assert f"/w/earlier/{where}" in ask(phone, form="text/html").text
    assert (reloaded(phone.user).email_proved, reloaded(laptop.user).email_proved) == (True, False)
    # To be read, by this one: not by the other about this one, nor as a member.
    assert [ask(who, f"/{it}").status_code for who, it in ((liar, where), (laptop, own), (phone, own))] == [404] * 3
    assert ask(phone, f"/../conversations/{where}").status_code == 404

    # Five tries, and then it is worthless; and for as long as the team says that they are one.
    ask(phone, email=address)
    right = code()
    for given in ("000000x", *4 * ["1"], right):
        assert ask(phone, "/code", code=given).status_code == 422
    merging.separate(ana, phone.user.id)
    assert (ask(phone).json, ask(phone, f"/{where}").status_code) == ({"conversations": []}, 404)
    # So often by one visitor, and for one address.
    assert [ask(phone, email=f"{it}@example.com").status_code for it in "abc"] == [200, 200, 429]
    assert [ask(liar, email=address).status_code for _each in range(3)] == [200, 200, 429]
