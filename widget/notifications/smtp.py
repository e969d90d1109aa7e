"""Handing a mail to the server of SMTP_URL, so that it is known whether the server has taken it."""

from __future__ import annotations

import re
import smtplib
import ssl
from email import policy
from email.message import EmailMessage
from email.utils import parseaddr
from urllib.parse import SplitResult, unquote, urlsplit

import gevent

from widget.notifications.queue import OutcomeUnknown, Refused, RetryLater

PATIENCE = 30
"""Seconds for all of it."""

_LINE_BREAK = re.compile(rb"\r\n|\r|\n")
_LEADING_DOT = re.compile(rb"(?m)^\.")


def send(url: str, mail: EmailMessage) -> None:
    """Hand a mail over. Raises RetryLater or Refused when it was not taken, OutcomeUnknown when nobody knows."""
    patience = gevent.Timeout.start_new(PATIENCE, RetryLater("the mail server takes too long"))
    try:
        with _connect(urlsplit(url)) as server:
            _expect(250, *server.mail(_address(mail["From"]), _options(server, mail)))
            _expect((250, 251), *server.rcpt(_address(mail["To"])))
            _expect(354, *server.docmd("DATA"))
            patience.close()
            _hand_over(server, mail)
    except smtplib.SMTPResponseException as error:
        _refuse(error.smtp_code, error.smtp_error)
    except (OSError, smtplib.SMTPException) as error:
        raise RetryLater(str(error) or type(error).__name__) from error
    finally:
        patience.close()


def _connect(url: SplitResult) -> smtplib.SMTP:
    """A connection, encrypted where that is possible, and signed in where the address says as whom."""
    host, tls = url.hostname or "", ssl.create_default_context()
    if url.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, url.port or 465, timeout=PATIENCE, context=tls)
    else:
        server = smtplib.SMTP(host, url.port or 25, timeout=PATIENCE)
        server.ehlo_or_helo_if_needed()
        if server.has_extn("starttls"):
            server.starttls(context=tls)
        elif url.username:
            server.close()
            raise Refused("the mail server offers no TLS, and the password would be sent in the clear")
    server.ehlo_or_helo_if_needed()
    if url.username:
        server.login(unquote(url.username), unquote(url.password or ""))
    return server


def _options(server: smtplib.SMTP, mail: EmailMessage) -> list[str]:
    if all(_address(mail[name]).isascii() for name in ("From", "To")):
        return []
    if not server.has_extn("smtputf8"):
        raise Refused("the mail server takes no addresses with letters beyond ASCII")
    return ["SMTPUTF8", "BODY=8BITMIME"]


def _hand_over(server: smtplib.SMTP, mail: EmailMessage) -> None:
    """The mail itself; from its last byte on only the server knows whether it has it."""
    data = _LINE_BREAK.sub(b"\r\n", mail.as_bytes(policy=policy.SMTP))
    try:
        with gevent.Timeout(PATIENCE, OutcomeUnknown("the mail server has not answered whether it took it")):
            server.send(_LEADING_DOT.sub(b"..", data) + b"\r\n.\r\n")
            code, reason = server.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise OutcomeUnknown(str(error) or type(error).__name__) from error
    _expect(250, code, reason)


def _expect(wanted: int | tuple[int, ...], code: int, reason: bytes) -> None:
    if code not in (wanted if isinstance(wanted, tuple) else (wanted,)):
        _refuse(code, reason)


def _refuse(code: int, reason: bytes | str) -> None:
    words = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
    raise (Refused if 500 <= code < 600 else RetryLater)(f"{code} {words}")


def _address(header: str) -> str:
    return parseaddr(str(header))[1]
