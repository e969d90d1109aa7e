"""mesibo's REST API: `POST` of a JSON object with `op` and the app token.

Only the process with the lease calls it, since an app token that is used from more than five addresses is taken back
(TOKENBREACH).

What an error code means beyond the few that are documented is not known, so it is read in one place, `_refusal`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import gevent
import requests

from widget.mesibo.transports.base import LIMIT, OutcomeUnknown, Refused, RetryLater

TIMEOUT = (2, 5)
"""Seconds to connect, and between two pieces of an answer; all in all it is LIMIT."""

GROUP_FLAG = 0
"""Its members send (the vendor's documentation of `groupadd`)."""

_TOO_OFTEN = re.compile(r"rate|limit|busy|^0x8c$|^140$", re.IGNORECASE)
_TOKEN_PROBLEM = re.compile(r"token|auth", re.IGNORECASE)


class TokenRefused(RetryLater):
    """The app token is not accepted: nothing works until somebody corrects it."""


class Api:
    """The operations that the transports use. Each raises RetryLater when it was certainly not carried out,
    OutcomeUnknown when nobody knows, Refused when it will not be, and TokenRefused when the app token is not accepted.
    """

    def __init__(self, url: str, app_token: str, app_id: str, before: Callable[[], object]):
        """`before` is called before each operation: the worker renews its lease, which outlasts one of them."""
        self._url = url
        self._before = before
        self._token = app_token
        self._app_id = app_id
        self._session = requests.Session()

    def make_user(self, address: str, name: str, minutes: int) -> str:
        """Make a user, or give one that is there another name; returns a token of theirs that is good for so long."""
        token = {"appid": self._app_id, "expiry": minutes, "v2": True}
        answer = self._call("useradd", user={"address": address, "name": name, "token": token})
        return str((answer.get("user") or {}).get("token") or "")

    def make_group(self, name: str) -> int:
        """Make a group without members; returns its number."""
        answer = self._call("groupadd", group={"name": name[:100], "flag": GROUP_FLAG, "expiry": 0})
        gid = (answer.get("group") or {}).get("gid")
        if not isinstance(gid, int):
            raise Refused(f"mesibo made a group and did not say which: {str(answer)[:100]}")
        return gid

    def change_members(self, gid: int, addresses: Iterable[str], gone: bool = False) -> None:
        """Put these into a group, or out of it."""
        self._call("groupeditmembers", group={"gid": gid, "m": ",".join(sorted(addresses)), "delete": gone})

    def message(self, **fields: Any) -> int | None:
        """Send a message; returns the number that it has in mesibo."""
        mid = self._call("message", message=fields).get("mid")
        return mid if isinstance(mid, int) else None

    def _call(self, op: str, **fields: Any) -> dict[str, Any]:
        self._before()
        body = {"op": op, "token": self._token, **fields}
        try:
            with gevent.Timeout(LIMIT, requests.ReadTimeout("no answer in time")):
                response = self._session.post(self._url, json=body, timeout=TIMEOUT, allow_redirects=False)
        except requests.ConnectTimeout as error:
            raise RetryLater(f"mesibo cannot be reached: {_line(error)}") from None
        except requests.RequestException as error:
            # A connection that was never made has sent nothing; of any other nobody knows.
            unsent = "NewConnectionError" in repr(error) or "NameResolutionError" in repr(error)
            raise (RetryLater if unsent else OutcomeUnknown)(f"mesibo cannot be reached: {_line(error)}") from None
        if response.status_code == 429:
            raise RetryLater("mesibo says: too many requests", _seconds(response.headers.get("Retry-After")))
        if response.status_code >= 500:
            raise OutcomeUnknown(f"mesibo answers {response.status_code}")
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise OutcomeUnknown(f"mesibo answers {response.status_code} with something that is not its JSON")
        if answer.get("result") is not True:
            raise _refusal(op, answer)
        return answer


def _refusal(op: str, answer: dict[str, Any]) -> Exception:
    """What an answer without `"result": true` means. Documented are BADOP and TOKENBREACH, and 0x8C as "too often"."""
    code = str(answer.get("error") or answer.get("result") or "no reason")[:80]
    if _TOO_OFTEN.search(code):
        return RetryLater("mesibo says: too often", 10)
    if _TOKEN_PROBLEM.search(code):
        return TokenRefused(f"mesibo does not accept the app token ({code}): check MESIBO_APP_TOKEN.", 60)
    return Refused(f"mesibo refuses {op}: {code}")


def _seconds(text: str | None) -> float:
    return min(float(text), 600.0) if text and re.fullmatch(r"[0-9]{1,6}", text) else 10.0


def _line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:150]
