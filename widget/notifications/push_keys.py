"""The key by which push services know this server (VAPID, RFC 8292): made on first use, kept in the database."""

from __future__ import annotations

import base64
import time
from email.utils import parseaddr
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02
from sqlalchemy.exc import IntegrityError

from widget import db, extensions
from widget.models import Secret

LIFETIME = 12 * 3600
"""How long a signature is good, in seconds."""

_NAME = "vapid"


def public_key() -> str:
    """What browsers subscribe with: the point on the curve, in base64url."""
    return encode(_key().public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def authorization(endpoint: str) -> str:
    """The header that vouches for us at the push service of this address."""
    parts = urlsplit(endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": int(time.time()) + LIFETIME, "sub": _contact()}
    signed: str = Vapid02(_key(), conf={"no-strict": True}).sign(claims)["Authorization"]
    return signed


def encode(data: bytes) -> str:
    """In base64url, without the padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decode(text: str) -> bytes:
    """The opposite of `encode`; raises ValueError for anything else."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _contact() -> str:
    """Whom a push service may write to about this server."""
    settings = extensions.settings()
    return f"mailto:{parseaddr(settings.mail_from)[1]}" if settings.mail_from else settings.base_url


def _key() -> ec.EllipticCurvePrivateKey:
    number = int.from_bytes(decode(_kept() or _make()))
    return ec.derive_private_key(number, ec.SECP256R1())


def _kept() -> str | None:
    with db.reading() as session:
        kept = session.get(Secret, _NAME)
        return kept.value if kept else None


def _make() -> str:
    """A new key; of two processes that make one at once, the first one's counts."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    made = encode(number.to_bytes(32))
    try:
        with db.transaction() as session:
            session.add(Secret(name=_NAME, value=made))
    except IntegrityError:
        return _kept() or made
    return made
