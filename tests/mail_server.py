"""A real mail server that keeps what it takes, and can be told to misbehave."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests import services


class MailServer:
    """Takes mails at `url`; `answers` are given to the next ones instead of taking them, `None` for hanging up."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answers: list[str | None] = []
        self._controller = Controller(self, hostname="127.0.0.1", port=services.free_port())
        self._controller.start()
        self.url = f"smtp://127.0.0.1:{self._controller.port}"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        answer: Any = self.answers.pop(0) if self.answers else "250 taken"
        if answer is None or answer.startswith("250"):
            self.mails.append(message_from_bytes(envelope.original_content or b"", policy=policy.default))
        if answer is None:  # taken, and never confirmed
            server.transport.abort()
            return "250 nobody hears this"
        return str(answer)

    def close(self) -> None:
        self._controller.stop()
