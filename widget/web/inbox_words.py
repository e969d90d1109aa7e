"""The sentences that the inbox's scripts say, in the reader's language."""

from __future__ import annotations

from widget.i18n import _


def all_words() -> dict[str, str]:
    """By the name that `static/js/inbox/words.js` asks for; what stands in braces is filled in there."""
    return {
        "offline": _("This did not work: there is no connection."),
        "resolved": _("Resolved."),
        "reopened": _("Reopened."),
        "snoozed": _("Snoozed."),
        "assigned": _("Assigned."),
        "unassigned": _("Nobody has it now."),
        "note_placeholder": _("Write a note for the team…"),
        "also_here": _("Also here: {names}"),
        "answered_meanwhile": _("{name} has answered meanwhile."),
        "mentioned": _("{name} has mentioned you: {summary}"),
    }
