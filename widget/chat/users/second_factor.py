"""The second factor: codes of six digits that an app makes of the time and a secret (RFC 6238), and recovery codes."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time

import pyotp

from widget import db
from widget.chat import audit
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.errors import Unprocessable
from widget.chat.users import tokens
from widget.i18n import _
from widget.models import User

RECOVERY_CODES = 10
STEP = 30
"""Seconds for which a code is shown."""


def new_secret() -> str:
    """A secret for somebody who is about to set it up."""
    return pyotp.random_base32()


def address(secret: str, agent: User, issuer: str) -> str:
    """The otpauth: address that apps read, mostly as a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=agent.login or agent.name, issuer_name=issuer)


def set_up(agent: User, secret: str, code: str) -> list[str]:
    """Ask for codes from now on; returns the recovery codes, readable only in this answer.

    Raises Unprocessable when `code` is not one of this secret: then the app would not have let them in later.
    """
    if not re.fullmatch("[A-Z2-7]{32}", secret) or (step := _step_of(secret, code)) is None:
        raise Unprocessable(_("This code does not belong to the key; please try the next one."))
    codes = [f"{secrets.token_hex(3)}-{secrets.token_hex(3)}" for _unused in range(RECOVERY_CODES)]
    with db.transaction() as session:
        kept = session.get_one(User, agent.id)
        kept.totp_secret, kept.totp_step = secret, step
        kept.recovery_codes = " ".join(_hash(it) for it in codes)
        audit.record(session, kept, "agent.factor", kept.id, name=kept.name)
    return codes


def takes(agent: User, code: str) -> bool:
    """Whether this is a code of now, or a recovery code; either is good once."""
    code = code.strip().lower()
    with db.transaction() as session:
        kept = session.get_one(User, agent.id, with_for_update=True)
        if kept.totp_secret is None:
            return True
        step = _step_of(kept.totp_secret, code)
        if step is not None and step > (kept.totp_step or 0):
            kept.totp_step = step
            return True
        left = (kept.recovery_codes or "").split()
        if _hash(code) in left:
            left.remove(_hash(code))
            kept.recovery_codes = " ".join(left)
            return True
    return False


def reset(agent: User, by: User | None = None) -> None:
    """Ask for no codes any more, and end all sessions. `by` is None for whoever runs the server."""
    with db.transaction() as session:
        kept = session.get_one(User, agent.id)
        audit.record(session, by or session.get_one(User, TEAM_ID), "agent.factor-reset", kept.id, name=kept.name)
        kept.totp_secret = kept.totp_step = kept.recovery_codes = None
        ended = tokens.revoke_all(session, agent.id)
    tokens.announce(ended)


def _step_of(secret: str, code: str) -> int | None:
    """The number of the step whose code this is: the present one, or the one before or after, since clocks differ."""
    code = code.replace(" ", "")
    if not re.fullmatch("[0-9]{6}", code):
        return None
    now = int(time.time()) // STEP
    totp = pyotp.TOTP(secret)
    return next((it for it in (now, now - 1, now + 1) if hmac.compare_digest(totp.at(it * STEP), code)), None)


def _hash(code: str) -> str:
    # Of 48 random bits, for a few tries a minute: nothing slow is needed.
    return hashlib.sha256(code.encode(errors="replace")).hexdigest()
