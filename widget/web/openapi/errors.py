"""What each view of the public surface may refuse: what all do, what comes of a body or an id, and what is its own."""

from __future__ import annotations

from widget.web import limits

WORDS = {
    400: "The request cannot be read.",
    401: "Nobody is signed in, or the token is worthless.",
    403: "Whoever asks may not do this, or the bot has no scope for it.",
    404: "There is no such thing, or none that whoever asks may know of.",
    408: "The body took too long to come.",
    409: "Something has changed meanwhile, or is somebody else's.",
    410: "What was offered is not any more.",
    412: "The other version of a protocol.",
    413: "Something is longer than its limit.",
    414: "The address is longer than 4 KB; answered in HTML, before anything looks at it.",
    415: "The body must be a form or JSON.",
    422: "A value is missing, or cannot be what it says it is; the reason names it.",
    429: "Too often in a short time; Retry-After says when again.",
    503: "A part that is needed does not answer, or there is too much to do; Retry-After says when again.",
}

TOO_LONG_ADDRESS = 414
"""Refused by gunicorn itself."""

_ALWAYS = (401, 403, 503)
_BODY = (400, 408, 413, 415, 422)
_QUERY = (413, 414, 422)
_PATH = (404,)

_TUS = (408, 412, 413, 415, 422)

OWN: dict[str, tuple[int, ...]] = {
    "calls.relay": (410,),
    "calls.signal": (410,),
    "calls.start": (404,),
    "conversations.change": (409,),
    "conversations.hand_over": (409,),
    "conversations.send": (409,),
    "groups.join": (410, 422),
    "groups.invite": (422,),
    "groups.remove": (422,),
    "groups.show": (410,),
    "mesibo_calls.prepare": (422,),
    "messages.answer": (409,),
    "messages.forward": (409,),
    "messages.rate": (409,),
    "messages.take_back": (422,),
    "people.erase": (422,),
    "people.write_note": (409,),
    "popouts.redeem": (410,),
    "search.find": (404,),
    "team.change_canned": (409,),
    "team.change_label": (409,),
    "team.create_canned": (409,),
    "team.create_label": (409,),
    "uploads.append": (*_TUS, 409),
    "uploads.begin": _TUS,
    "uploads.cancel": (412,),
    "uploads.poster": _TUS,
}
"""What a view refuses besides what follows from its path, its query and its body."""

LIMITS: dict[str, str] = {
    "calls.relay": limits.CALL_SIGNALS,
    "calls.signal": limits.CALL_SIGNALS,
    "calls.start": limits.CALLS,
    "conversations.begin": limits.GROUPS,
    "conversations.change": limits.MESSAGES,
    "conversations.hand_over": limits.MESSAGES,
    "conversations.send": limits.MESSAGES,
    "conversations.typing": limits.TYPING,
    "conversations.viewing": limits.TYPING,
    "earlier.ask": limits.PROOFS,
    "earlier.prove": limits.PROOFS_NETWORK,
    "forms.answer": limits.MESSAGES,
    "groups.add": limits.GROUPS,
    "groups.change": limits.MESSAGES,
    "groups.create": limits.GROUPS,
    "groups.invite": limits.GROUPS,
    "groups.join": limits.GROUPS,
    "groups.people": limits.SEARCHES,
    "groups.remove": limits.MESSAGES,
    "groups.set_role": limits.MESSAGES,
    "mesibo_calls.prepare": limits.CALLS,
    "messages.answer": limits.MESSAGES,
    "messages.edit": limits.MESSAGES,
    "messages.forward": limits.MESSAGES,
    "messages.rate": limits.MESSAGES,
    "messages.react": limits.MESSAGES,
    "people.block": limits.GROUPS,
    "people.candidates": limits.SEARCHES,
    "people.change_note": limits.GROUPS,
    "people.correct": limits.GROUPS,
    "people.export": limits.EXPORTS,
    "people.export_conversation": limits.EXPORTS,
    "people.history": limits.SEARCHES,
    "people.merge": limits.GROUPS,
    "people.write_note": limits.GROUPS,
    "popouts.issue": limits.POPOUTS,
    "popouts.redeem": limits.POPOUTS,
    "previews.show": limits.PREVIEWS,
    "search.find": limits.SEARCHES,
    "session.note_surroundings": limits.TYPING,
    "session.open_session": limits.SESSIONS,
    "team.change_canned": limits.GROUPS,
    "team.change_label": limits.GROUPS,
    "team.create_canned": limits.GROUPS,
    "team.create_label": limits.GROUPS,
    "uploads.append": limits.PIECES,
    "uploads.begin": limits.UPLOADS,
    "uploads.poster": limits.UPLOADS,
}
"""How often somebody may ask for it."""


def statuses(endpoint: str, has_path: bool, has_query: bool, has_body: bool) -> list[int]:
    """The statuses with which a view refuses."""
    found = {*_ALWAYS, *OWN.get(endpoint, ())}
    found.update(_PATH if has_path else ())
    found.update(_QUERY if has_query else ())
    found.update(_BODY if has_body else ())
    found.update((429,) if endpoint in LIMITS else ())
    return sorted(found)
