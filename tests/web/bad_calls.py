"""The requests about calls that must be refused; a part of the table in `bad_requests`."""

from __future__ import annotations

from typing import Any

from tests.web.bad_values import NUL, UUID, Bad, unreadable, unsigned, with_json

CALLS = "/w/calls"
CALL = "/w/calls/{call}"


def _call(**changed: Any) -> dict[str, Any]:
    return {"conversation": "{mine}", "media": "voice", "tab": UUID, **changed}


def _signal(**changed: Any) -> dict[str, Any]:
    return {"tab": UUID, "round": 1, "n": 1, "description": {"type": "offer", "sdp": "v=0"}, **changed}


def _candidates(*found: Any) -> dict[str, Any]:
    return {"tab": UUID, "round": 1, "n": 1, "candidates": list(found)}


TABLE: list[Bad] = [
    Bad("another method", "GET", CALLS, 405, "does not take"),
    *unsigned("POST", CALLS),
    *unreadable(CALLS),
    *(
        with_json(f"conversation {it!r}"[:40], CALLS, 422, "must be the id of a conversation", _call(conversation=it))
        for it in (7, True, ["{mine}"], {"id": "{mine}"}, "abc", NUL, "x" * 10_000, "{mine}\n")
    ),
    *(
        with_json(f"conversation {it!r}", CALLS, 404, "no such conversation", _call(conversation=it))
        for it in (None, "", "0" * 16, "{theirs}")
    ),
    *(
        with_json(f"media {it!r}", CALLS, 422, "media must be voice or video", _call(media=it))
        for it in (None, "", "VOICE", 7, ["voice"], "screen", NUL)
    ),
    *(
        with_json(f"tab {it!r}"[:40], CALLS, 422, "tab must be a UUID", _call(tab=it))
        for it in (None, "", "abc", 7, [UUID], UUID[:-1], NUL)
    ),
    with_json("a foreign site", CALLS, 403, "another site", _call(), "agent", Origin="https://evil.test"),
    *(
        bad
        for name in ("answer", "decline", "hangup", "connected", "lost", "leave", "join", "here", "description")
        for bad in (
            Bad("another method", "GET", f"{CALL}/{name}", 405, "does not take"),
            with_json("a call that is not there", f"/w/calls/0123456789abcdef/{name}", 404, "no such call", _signal()),
            with_json("a call of others", f"{CALL}/{name}", 404, "no such call", _signal(), "outsider"),
            with_json("no tab", f"{CALL}/{name}", 422, "tab must be a UUID", {"round": 1}),
            with_json("nobody", f"{CALL}/{name}", 401, "Nobody is signed in", _signal(), "nobody"),
        )
    ),
    with_json("a signal that there is not", f"{CALL}/wave", 404, "nothing at this address", _signal()),
    *unreadable(f"{CALL}/answer"),
    with_json("joining a call that is over", f"{CALL}/join", 410, "call is over", _signal()),
    with_json("answering a call that is over", f"{CALL}/answer", 410, "call is over", _signal(), "agent"),
    with_json("answering oneself", f"{CALL}/answer", 403, "whoever is called", _signal()),
    with_json("speaking in a call that is over", f"{CALL}/description", 410, "call is over", _signal()),
    *unreadable(f"{CALL}/description"),
    *(
        with_json(f"round {it!r}", f"{CALL}/{name}", 422, "round must be", _signal(round=it))
        for it in (None, -1, "one", 1.5)
        for name in ("connected", "description", "candidates")
    ),
    with_json("no number", f"{CALL}/description", 422, "n must be", _signal(n=None)),
    *(
        with_json(f"description {it!r}"[:40], f"{CALL}/description", 422, reason, _signal(description=it))
        for it, reason in (
            (None, "description must be an object"),
            ("v=0", "description must be an object"),
            ({"type": "offer"}, "sdp must be text"),
            ({"type": "offer", "sdp": "hello"}, "sdp must be a session description"),
            ({"type": "offer", "sdp": f"v=0{NUL}"}, "sdp has characters"),
            ({"type": "rollback", "sdp": "v=0"}, "type must be offer or answer"),
        )
    ),
    with_json(
        "a description of 32,001 characters",
        f"{CALL}/description",
        413,
        "sdp has at most 32,000",
        _signal(description={"type": "offer", "sdp": "v=0" + "x" * 31_998}),
    ),
    *(
        with_json(f"candidates {it!r}"[:40], f"{CALL}/candidates", 422, reason, _candidates(*it))
        for it, reason in (
            ((), "a list of 1 to 40"),
            (({"candidate": ""},) * 41, "a list of 1 to 40"),
            (("candidate:1",), "must be an object"),
            (({},), "candidate must be text"),
            (({"candidate": "", "sdpMid": 7},), "sdpMid must be text"),
            (({"candidate": "", "sdpMLineIndex": -1},), "sdpMLineIndex must be"),
        )
    ),
    with_json("a long candidate", f"{CALL}/candidates", 413, "at most 1,000", _candidates({"candidate": "x" * 1001})),
]
