"""The table of requests that must be refused. `test_bad_input` sends each of them, once for JSON and once for HTML."""

from __future__ import annotations

import json
from typing import Any

from tests.web import bad_calls
from tests.web.bad_values import (
    NUL,
    SURROGATE,
    UUID,
    Bad,
    elsewhere,
    form,
    nobody,
    unreadable,
    unsigned,
    with_json,
    wrong_exact,
    wrong_number,
    wrong_text,
)

SESSION = "/w/session"
LIST = "/w/conversations"
HISTORY = "/w/conversations/{mine}"
SEND = "/w/conversations/{mine}/messages"
READ = "/w/conversations/{mine}/read"
TYPING = "/w/conversations/{mine}/typing"
HEAD = "/w/conversations/{mine}/head"
GROUPS = "/w/groups"
GROUP = "/w/groups/{group}"
MEMBERS = "/w/groups/{group}/members"
MEMBER = "/w/groups/{group}/members/{member}"
INVITES = "/w/groups/{group}/invites"
INVITE = "/w/invites/{token}"
MESSAGE = "/w/messages/{message}"
REACTION = "/w/messages/{message}/reaction"
FORWARD = "/w/messages/{message}/forward"
SEARCH = "/w/search"
STREAM = "/w/stream"
SIGN_IN = "/inbox/sign-in"
PASSWORD = "/inbox/password"


def _message(**changed: Any) -> dict[str, Any]:
    return {"body": "hello", "client_id": UUID, **changed}


def _into(conversation: Any) -> dict[str, Any]:
    return {"conversation": conversation, "client_id": UUID}


TABLE: list[Bad] = [
    # A session
    Bad("another method", "GET", SESSION, 405, "does not take"),
    Bad("another method", "PUT", SESSION, 405, "does not take"),
    *unreadable(SESSION, "nobody"),
    *wrong_text(SESSION, "name", 200, by="nobody"),
    *wrong_exact(SESSION, "email", 320),
    *wrong_exact(SESSION, "picture", 2000),
    *wrong_exact(SESSION, "id", 200, {"identifier_hash": "0" * 64}, "nobody"),
    *wrong_exact(SESSION, "identifier_hash", 64, {"id": "u1"}, "nobody"),
    *(bad for bad in unsigned("POST", SESSION) if "Nobody" not in bad.reason),
    with_json("a script for a picture", SESSION, 422, "picture must be an address", {"picture": "javascript:alert(1)"}),
    with_json("a relative picture", SESSION, 422, "picture must be an address", {"picture": "/me.png"}),
    with_json("an id without its hash", SESSION, 403, "identifier_hash", {"id": "u1"}, "nobody"),
    with_json("a wrong hash", SESSION, 403, "identifier_hash", {"id": "u1", "identifier_hash": "0" * 64}),
    with_json("a good name with a wrong id", SESSION, 403, "identifier_hash", {"name": "Eve", "id": "u1"}),
    form("an id with a NUL in a form", SESSION, 422, "id has characters", "id=a%00b", "nobody"),
    # The list
    Bad("another method", "PUT", LIST, 405, "does not take"),
    *unsigned("POST", LIST),
    *unsigned("GET", LIST),
    # History
    Bad("another method", "DELETE", HISTORY, 405, "does not take"),
    *unsigned("GET", HISTORY),
    *elsewhere("GET", HISTORY),
    *(
        Bad(f"before={value}"[:40], "GET", f"{HISTORY}?before={value}", 422, "before must be a whole number")
        for value in ("", "-1", "1.5", "true", "first", "%2B1", "%201", "%D9%A1", "1%00", "9" * 19, "9" * 1000, "0x10")
    ),
    *(
        Bad(f"{name}={value}", "GET", f"{HISTORY}?{name}={value}", 422, f"{name} must be a whole number")
        for name in ("after", "around")
        for value in ("", "-1", "1.5", "first", "%D9%A1", "1%00", "9" * 19)
    ),
    Bad("before in a foreign conversation", "GET", "/w/conversations/{theirs}?before=2", 404, "no such conversation"),
    # Sending
    Bad("another method", "GET", SEND, 405, "does not take"),
    Bad("another method", "PUT", SEND, 405, "does not take"),
    *unsigned("POST", SEND),
    *elsewhere("POST", SEND, json.dumps(_message())),
    *unreadable(SEND),
    *wrong_text(SEND, "body", 8000, {"client_id": UUID}),
    with_json("no field at all", SEND, 422, "must be a UUID", {}),
    with_json("no body", SEND, 422, "needs some text", {"client_id": UUID}),
    with_json("an empty body", SEND, 422, "needs some text", _message(body="")),
    with_json("a null body", SEND, 422, "needs some text", _message(body=None)),
    with_json("a blank body", SEND, 422, "needs some text", _message(body=" \t\r\n\u2003\u3000 ")),
    *(
        with_json(f"a body of {value!a}", SEND, 422, "needs some text", _message(body=value))
        for value in ("\u200b", NUL[1], "\x1b[0m", "\ufe0f", "\u3164 \u2800", "\u2066\u2069", "\ud800")
    ),
    form("a blank body in a form", SEND, 422, "needs some text", f"client_id={UUID}&body=+%0d%0a+"),
    form("8,001 characters in a form", SEND, 413, "at most 8,000", f"client_id={UUID}&body=" + "%C3%A4" * 8001),
    Bad("a form without its boundary", "POST", SEND, 422, "must be", "--x\r\n\r\n", "multipart/form-data"),
    *(
        with_json(f"client_id {value!r}", SEND, 422, "client_id must be a UUID", _message(client_id=value))
        for value in (None, "", "abc", 7, True, [UUID], {"id": UUID}, UUID + "\n", f"{{{UUID}}}", UUID[:-1], NUL)
    ),
    with_json("client_id without its dashes", SEND, 422, "must be a UUID", _message(client_id=UUID.replace("-", ""))),
    with_json("client_id that is not hexadecimal", SEND, 422, "must be a UUID", _message(client_id="z" + UUID[1:])),
    *(
        with_json(f"reply_to {value!r}", SEND, 422, "reply_to must be the id", _message(reply_to=value))
        for value in (7, True, ["{message}"], {"id": "{message}"}, "abc", NUL, SURROGATE, "x" * 10_000, "{message}\n")
    ),
    with_json("an answer to a foreign message", SEND, 422, "not in this conversation", _message(reply_to="{foreign}")),
    with_json("an answer to no message", SEND, 422, "not in this conversation", _message(reply_to="0123456789abcdef")),
    with_json("a used client_id", SEND, 422, "another conversation", _message(client_id="{agent_client_id}"), "agent"),
    with_json(
        "a foreign site with the cookie", SEND, 403, "another site", _message(), "agent", Origin="https://evil.test"
    ),
    with_json("a cross-site send", SEND, 403, "another site", _message(), "agent", Sec_Fetch_Site="cross-site"),
    # Reading
    Bad("another method", "GET", READ, 405, "does not take"),
    *unsigned("POST", READ),
    *elsewhere("POST", READ, '{"upto": 0}'),
    *unreadable(READ),
    *wrong_number(READ, "upto"),
    with_json("no field at all", READ, 422, "upto must be a whole number", {}),
    with_json("a number that no message has yet", READ, 422, "no message 99", {"upto": 99}),
    with_json("the largest number", READ, 422, "There is no message", {"upto": 10**18 - 1}),
    # Writing, and what stands above a conversation
    Bad("another method", "GET", TYPING, 405, "does not take"),
    *unsigned("POST", TYPING),
    *elsewhere("POST", TYPING),
    with_json("a foreign site with the cookie", TYPING, 403, "another site", {}, "agent", Origin="https://evil.test"),
    Bad("another method", "POST", HEAD, 405, "does not take"),
    *unsigned("GET", HEAD),
    *elsewhere("GET", HEAD),
    # Groups
    Bad("another method", "GET", GROUPS, 405, "does not take"),
    *unsigned("POST", GROUPS),
    *unreadable(GROUPS),
    *wrong_text(GROUPS, "title", 100),
    *(with_json(f"a title of {value!a}", GROUPS, 422, "needs a name", {"title": value}) for value in ("   ", "\u200b")),
    *(with_json(f"title {it!r}", GROUPS, 422, "needs a name", {"title": it}) for it in (None, "", " \t\r\n\u3000 ")),
    with_json("no title", GROUPS, 422, "needs a name", {}),
    with_json("a foreign site with the cookie", GROUPS, 403, "another site", {"title": "x"}, "agent", Origin="null"),
    Bad("another method", "DELETE", GROUP, 405, "does not take"),
    *unsigned("PATCH", GROUP),
    *elsewhere("PATCH", GROUP, '{"title": "x"}'),
    *unreadable(f"PATCH {GROUP}"),
    *wrong_text(f"PATCH {GROUP}", "title", 100),
    *wrong_exact(f"PATCH {GROUP}", "picture", 2000),
    *(with_json(f"title {it!r}", f"PATCH {GROUP}", 422, "needs a name", {"title": it}) for it in (None, "", " \n ")),
    with_json("a script for a picture", f"PATCH {GROUP}", 422, "an address", {"picture": "javascript:alert(1)"}),
    with_json("a direct conversation", "PATCH /w/groups/{mine}", 422, "Only a group has a name", {"title": "x"}),
    # Members
    Bad("another method", "GET", MEMBERS, 405, "does not take"),
    *unsigned("POST", MEMBERS),
    *elsewhere("POST", MEMBERS, '{"user": "{stranger}"}'),
    *unreadable(MEMBERS),
    *(
        with_json(f"user {it!r}"[:40], MEMBERS, 422, "user must be the id of a user", {"user": it})
        for it in (7, True, ["{member}"], {"id": "{member}"}, "team", "me", NUL, SURROGATE, "x" * 10_000, "{member}\n")
    ),
    *(with_json(f"user {it!r}", MEMBERS, 404, "nobody of this id", {"user": it}) for it in (None, "", "{stranger}")),
    with_json("nobody to add", MEMBERS, 404, "nobody of this id", {}),
    Bad("another method", "GET", MEMBER, 405, "does not take"),
    *unsigned("PATCH", MEMBER),
    *elsewhere("PATCH", MEMBER, '{"role": "owner"}'),
    *unreadable(f"PATCH {MEMBER}"),
    *wrong_exact(f"PATCH {MEMBER}", "role", 10),
    *(
        with_json(f"role {it!r}", f"PATCH {MEMBER}", 422, "role must be owner or member", {"role": it})
        for it in (None, "", "OWNER", "admin", "owner ", "member\n")
    ),
    with_json("no role", f"PATCH {MEMBER}", 422, "role must be owner or member", {}),
    *nobody("PATCH", MEMBER, "member", {"role": "owner"}),
    *unsigned("DELETE", MEMBER),
    *elsewhere("DELETE", MEMBER),
    *nobody("DELETE", MEMBER, "member"),
    # Invitations
    Bad("another method", "GET", INVITES, 405, "does not take"),
    *unsigned("POST", INVITES),
    *elsewhere("POST", INVITES),
    Bad("another method", "PUT", INVITE, 405, "does not take"),
    *unsigned("POST", INVITE),
    *unsigned("DELETE", INVITE),
    *(bad for method in ("GET", "POST", "DELETE") for bad in nobody(method, INVITE, "token")),
    # A message
    Bad("another method", "POST", MESSAGE, 405, "does not take"),
    *(bad for method in ("GET", "PATCH", "DELETE") for bad in unsigned(method, MESSAGE)),
    *elsewhere("GET", MESSAGE),
    *elsewhere("PATCH", MESSAGE, '{"body": "x"}'),
    *elsewhere("DELETE", MESSAGE),
    *unreadable(f"PATCH {MESSAGE}"),
    *wrong_text(f"PATCH {MESSAGE}", "body", 8000),
    *(
        with_json(f"body {it!r}", f"PATCH {MESSAGE}", 422, "needs some text", {"body": it})
        for it in (None, "", " \r\n\u3000 ")
    ),
    with_json("no body", f"PATCH {MESSAGE}", 422, "needs some text", {}),
    with_json(
        "a foreign site", f"PATCH {MESSAGE}", 403, "another site", {"body": "x"}, "agent", Origin="https://evil.test"
    ),
    Bad("another method", "POST", REACTION, 405, "does not take"),
    *(bad for method in ("PUT", "DELETE") for bad in unsigned(method, REACTION)),
    *elsewhere("PUT", REACTION, '{"emoji": "👍"}'),
    *elsewhere("DELETE", REACTION),
    *unreadable(f"PUT {REACTION}"),
    *wrong_exact(f"PUT {REACTION}", "emoji", 40),
    *(
        with_json(f"emoji {it!r}", f"PUT {REACTION}", 422, "emoji must be one emoji", {"emoji": it})
        for it in (None, "", "x", "👍👍", "👍x", "\u200d", "\ufe0f", "<b>")
    ),
    *unsigned("POST", FORWARD),
    *elsewhere("POST", FORWARD, json.dumps({"conversation": "{mine}", "client_id": UUID})),
    *unreadable(FORWARD),
    *(
        with_json(f"conversation {it!r}"[:40], FORWARD, 422, "must be the id of a conversation", _into(it))
        for it in (7, True, ["{mine}"], {"id": "{mine}"}, "abc", NUL, "x" * 10_000, "{mine}\n")
    ),
    *(
        with_json(f"conversation {it!r}", FORWARD, 404, "There is no", _into(it))
        for it in (None, "", "0" * 16, "{theirs}")
    ),
    *(
        with_json(
            f"client_id {it!r}"[:40], FORWARD, 422, "client_id must be a UUID", _into("{mine}") | {"client_id": it}
        )
        for it in (None, "", "abc", 7, [UUID], UUID[:-1], NUL)
    ),
    *elsewhere("GET", "/w/messages/{message}/receipts"),
    *elsewhere("GET", "/w/messages/{message}/menu"),
    *elsewhere("GET", FORWARD),
    # Search
    Bad("another method", "POST", SEARCH, 405, "does not take"),
    *unsigned("GET", f"{SEARCH}?q=hello"),
    *(
        Bad(f"q={it}", "GET", f"{SEARCH}?q={it}", 422, "at least 2 characters")
        for it in ("", "x", "%20%20x%20", "a%00", "%1bb", "x%7f")
    ),
    Bad("a text to search of 201 characters", "GET", f"{SEARCH}?q={'x' * 201}", 413, "q has at most 200 characters"),
    *(
        Bad(f"conversation={it}", "GET", f"{SEARCH}?q=hello&conversation={it}", 422, "must be the id of a conversation")
        for it in ("abc", "0123456789ABCDEF", "a%00b", "%27")
    ),
    *(
        Bad(f"conversation={it}", "GET", f"{SEARCH}?q=hello&conversation={it}", 404, "no such conversation")
        for it in ("0123456789abcdef", "{theirs}")
    ),
    *bad_calls.TABLE,
    # The stream
    Bad("another method", "POST", STREAM, 405, "does not take"),
    *unsigned("GET", STREAM),
    *(Bad(f"as={form}", "GET", f"{STREAM}?as={form}", 422, "as must be html or json") for form in ("", "xml", "JSON")),
    Bad("the token in the address", "GET", f"{STREAM}?token=x", 401, "Nobody is signed in", by="nobody"),
    # Addresses that are not there
    Bad("an address that is not there", "GET", "/w/", 404, "nothing at this address"),
    Bad("an address that is not there", "GET", "/w/nothing", 404, "nothing at this address"),
    Bad("an address that is not there", "POST", "/inbox/nothing", 404, "nothing at this address"),
    Bad("an address of odd characters", "GET", "/w/%00%FF%F0%9F%98%80", 404, "nothing at this address"),
    # The inbox
    Bad("another method", "POST", "/inbox", 405, "does not take"),
    Bad("a conversation that is not there", "GET", "/inbox/0123456789abcdef", 404, "no such conversation", by="agent"),
    Bad("an id with a NUL", "GET", "/inbox/0123456789abcde%00", 404, "nothing at this address", by="agent"),
    Bad("a link that is not known", "GET", "/inbox/link/" + "x" * 43, 401, "fresh one", by="nobody"),
    Bad("a link of odd characters", "GET", "/inbox/link/%00%FF%27", 401, "fresh one", by="nobody"),
    Bad("another method", "PUT", "/inbox/link/x", 405, "does not take", by="nobody"),
    Bad("another method", "GET", SIGN_IN, 405, "does not take", by="nobody"),
    *unreadable(SIGN_IN, "nobody"),
    *wrong_exact(SIGN_IN, "email", 320, {"password": "x"}, "nobody"),
    *wrong_exact(SIGN_IN, "password", 200, {"email": "x@example.com"}, "nobody"),
    form("an unknown address", SIGN_IN, 401, "do not belong together", "email=no@example.com&password=abc", "nobody"),
    form("nothing filled in", SIGN_IN, 401, "do not belong together", "email=&password=", "nobody"),
    with_json("a foreign site", SIGN_IN, 403, "another site", {}, "nobody", Origin="https://evil.test"),
    with_json("a site of no origin", SIGN_IN, 403, "another site", {}, "nobody", Origin="null"),
    with_json("a sister site", SIGN_IN, 403, "another site", {}, "nobody", Sec_Fetch_Site="same-site"),
    Bad("another method", "GET", "/inbox/sign-out", 405, "does not take", by="agent"),
    with_json("a foreign site", "/inbox/sign-out", 403, "another site", {}, "agent", Origin="https://evil.test"),
    Bad("another method", "GET", PASSWORD, 405, "does not take", by="agent"),
    with_json("nobody", PASSWORD, 401, "Nobody is signed in", {"password": "long enough for all"}, "nobody"),
    with_json("a visitor", PASSWORD, 401, "Nobody is signed in", {"password": "long enough for all"}),
    *unreadable(PASSWORD, "agent"),
    *wrong_exact(PASSWORD, "password", 200, by="agent"),
    with_json("no password", PASSWORD, 422, "12 to 200 characters", {}, "agent"),
    form("a short password", PASSWORD, 422, "12 to 200 characters", "password=123456789", "agent"),
    with_json("a foreign site", PASSWORD, 403, "another site", {}, "agent", Origin="https://evil.test"),
]
