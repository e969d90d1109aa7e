"""The mail with the code by which a visitor proves that an address is theirs.

Whether there is anything to send is found out here, and not in the request: that is the same, and takes as long,
whatever address it names.
"""

from __future__ import annotations

from flask import render_template
from redis import RedisError

from widget import db, extensions, i18n, proofs
from widget.chat import appearance
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.users import proved_addresses
from widget.i18n import _
from widget.models import Notification, User, new_id, now
from widget.notifications import mail, queue, smtp

CHANNEL = "proof"


def send_soon(visitor: User, address: str) -> None:
    """Have a code mailed to this address if it is one that a visitor's proof would show something of."""
    proofs.ask(visitor.id, address)
    with db.transaction() as session:
        queue.add(session, f"{CHANNEL}:{visitor.id}:{new_id()}", CHANNEL, TEAM_ID, now(), conversation_id="")


def send(notification: Notification) -> bool:
    """Send it; False when there is nothing to prove. Raises what `smtp.send` does."""
    user_id = notification.event.split(":")[1]
    try:
        address = proofs.asked(user_id)
    except RedisError as error:
        raise queue.RetryLater("Redis cannot be reached") from error
    with db.reading() as session:
        visitor = session.get(User, user_id)
    if visitor is None or visitor.removed_at or not address or not proved_addresses.opens_something(visitor, address):
        return False
    code = proofs.make_code(visitor.id, address)
    with i18n.reader(visitor.locale):
        team = appearance.current().name
        minutes = int(proofs.KEPT.total_seconds() // 60)
        text = render_template("mail/proof.txt", code=code, team=team, minutes=minutes)
        subject = _("%(code)s is your code for %(team)s", code=code, team=team)
        message = mail.to(visitor.name, address, subject, text, notification)
    smtp.send(extensions.settings().smtp_url, message)
    return True
