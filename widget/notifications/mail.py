"""The mail about a visitor who waits: who, what, and a link."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, parseaddr

from flask import render_template

from widget import db, extensions, i18n
from widget.chat import appearance
from widget.i18n import _
from widget.models import Conversation, Notification, User
from widget.notifications import recipients, smtp, waiting
from widget.web import header_values, serializers

SHOWN = 5
"""How many of the messages that wait are in the mail."""

LONGEST = 1000
"""How much of each, in characters."""


def is_set_up() -> bool:
    """Whether mails can be sent at all."""
    return extensions.settings().sends_mails


def send(notification: Notification) -> bool:
    """Send the mail that this notification stands for; False when there is nothing to tell any more.

    Raises what `smtp.send` does.
    """
    mail = _compose(notification)
    if mail is None:
        return False
    smtp.send(extensions.settings().smtp_url, mail)
    return True


def _compose(notification: Notification) -> EmailMessage | None:
    agent = notification.user
    with db.reading() as session, i18n.reader(agent.locale):
        conversation = session.get(Conversation, notification.conversation_id)
        messages = waiting.messages(session, notification.conversation_id, SHOWN)
        if conversation is None or conversation.waiting_since is None or not messages or agent.removed_at:
            return None
        name = messages[0].sender.name
        shown = [(it.sender.name, serializers.summary(it, it.body, LONGEST)) for it in messages]
        text = render_template(
            "mail/waiting.txt",
            name=name,
            minutes=max(1, round((notification.created_at - conversation.waiting_since).total_seconds() / 60)),
            messages=shown if recipients.preferences(session, agent.id).words else [],
            link=f"{extensions.settings().base_url}/inbox/{conversation.id}",
            team=appearance.current().name,
        )
        return to_agent(agent, _("%(name)s is waiting for an answer", name=name), text, notification)


def to_agent(agent: User, subject: str, text: str, notification: Notification) -> EmailMessage:
    """A mail to somebody of the team."""
    return to(agent.name, agent.login or "", subject, text, notification)


def to(name: str, recipient: str, subject: str, text: str, notification: Notification) -> EmailMessage:
    """A mail that a program has written."""
    sender, address = parseaddr(extensions.settings().mail_from)
    mail = EmailMessage()
    mail["From"] = _mailbox(sender or appearance.current().name, address)
    mail["To"] = _mailbox(name, recipient)
    mail["Subject"] = header_values.mail(subject)
    mail["Date"] = formatdate(usegmt=True)
    mail["Message-ID"] = f"<{notification.id}@{address.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answer to it
    mail.set_content(text)
    return mail


def _mailbox(name: str, address: str) -> Address:
    local, _at, domain = address.rpartition("@")
    return Address(header_values.mail(name), local, domain)
