"""The mail that invites somebody into the team, with a link that is made when it is sent and written down nowhere."""

from __future__ import annotations

from flask import render_template

from widget import db, extensions, i18n
from widget.chat import appearance
from widget.chat.errors import NotFound
from widget.chat.users import team
from widget.i18n import _
from widget.models import Notification, new_id, now
from widget.notifications import mail, queue, smtp

CHANNEL = "invite"


def send_soon(user_id: str) -> None:
    """Have a link mailed to somebody of the team; by whoever sends mails, tried again until it was taken."""
    with db.transaction() as session:
        queue.add(session, f"{CHANNEL}:{user_id}:{new_id()}", CHANNEL, user_id, now(), conversation_id="")


def send(notification: Notification) -> bool:
    """Send it; False when they are not in the team any more, or not invited. Raises what `smtp.send` does."""
    person = notification.user
    if person.removed_at or not person.login:
        return False
    settings = extensions.settings()
    try:
        link = f"{settings.base_url}/inbox/link/{team.fresh_link(person.id)}"
    except NotFound:
        return False
    with i18n.reader(person.locale):
        name = appearance.current().name
        text = render_template(
            "mail/invitation.txt", name=person.name, team=name, link=link, days=team.INVITED_FOR.days
        )
        subject = _("Answer visitors with %(team)s", team=name)
    smtp.send(settings.smtp_url, mail.to_agent(person, subject, text, notification))
    return True
