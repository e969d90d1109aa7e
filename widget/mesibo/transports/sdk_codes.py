"""What the numbers of mesibo's SDK mean, after the vendor's header, and the words that people are told for them."""

from __future__ import annotations

INSTALL = "pip install '.[mesibo]'"
UPDATE = "Bring it up to date (pip install -U mesibo) and restart."

STATUS = {
    1: ("online", ""),
    2: ("offline", "mesibo has ended the connection."),
    3: ("offline", "Signed out: somebody else has signed in as this mesibo user."),
    4: ("refused", "The access token is not accepted. Make a new one for this user and set MESIBO_ACCESS_TOKEN."),
    5: ("offline", "The SDK has stopped."),
    6: ("connecting", ""),
    7: ("offline", "mesibo cannot be reached."),
    8: ("offline", "There is no network."),
    9: ("offline", "The mesibo server reports an error."),
    10: ("refused", "mesibo has suspended this account. Its console says why."),
    21: ("expired", f"mesibo does not accept this release of its SDK any more. {UPDATE}"),
    22: ("offline", "mesibo is shutting down."),
}
"""Of the connection: our word for it, and what a person is told."""

RECEIPTS = {2: "delivered", 3: "read"}
"""Of a message: how far it has got."""

FAILURES = {
    0x80: "mesibo could not send it",
    0x82: "the recipient's inbox is full",
    0x83: "there is no such mesibo user or group",
    0x84: "it expired before it was delivered",
    0x88: "the recipient has blocked the sender",
    0x90: "the mesibo group is paused",
    0x91: "our own user is not a member of the mesibo group",
}
"""Of a message: why it has not left."""

RATE_LIMITED, NOT_SIGNED_IN = 0x8C, (133, 141)
"""What sending may return besides."""

DELETED = (0x21, 0x22)
"""Of a message: deleted by who sent it."""
