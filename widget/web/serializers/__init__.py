"""The JSON shapes of the public surface. Templates are given the same dictionaries, so both forms say the same."""

from widget.web.serializers.appearance import appearance, launcher
from widget.web.serializers.base import Json, iso_time, optional_time
from widget.web.serializers.calls import call, call_signal
from widget.web.serializers.conversations import (
    conversation,
    conversations,
    details,
    invitation,
    members,
    receipt,
    typing,
    viewing,
)
from widget.web.serializers.mesibo import calls_to_apps, current_mesibo_status, mesibo_status
from widget.web.serializers.messages import CHANGED_SINCE, attachment, message, preview, summary
from widget.web.serializers.users import closed, presence, profile, user, words_while_closed
from widget.web.serializers.work import (
    agent,
    audit,
    block,
    canned,
    case,
    label,
    person_note,
    person_note_summary,
    rating,
    work,
)

__all__ = [
    "CHANGED_SINCE",
    "Json",
    "agent",
    "appearance",
    "attachment",
    "audit",
    "block",
    "call",
    "call_signal",
    "calls_to_apps",
    "canned",
    "case",
    "closed",
    "conversation",
    "conversations",
    "current_mesibo_status",
    "details",
    "invitation",
    "iso_time",
    "label",
    "launcher",
    "members",
    "mesibo_status",
    "message",
    "optional_time",
    "person_note",
    "person_note_summary",
    "presence",
    "preview",
    "profile",
    "rating",
    "receipt",
    "summary",
    "typing",
    "user",
    "viewing",
    "words_while_closed",
    "work",
]
