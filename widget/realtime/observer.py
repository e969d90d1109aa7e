"""Who is told what the hub alone can know: that a user came or went, and that a tab has taken an event."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Observer(Protocol):
    """Is told of the users who have tabs in this process; of those in other processes their own watchers are.

    Every method must return at once, raise nothing and wait for nothing: it may be called from the event loop and
    with the hub's locks held. All that it can do is take a note.
    """

    def connected(self, user_id: str) -> None:
        """A user's first tab here has opened; by now the whole deployment can see that somebody listens for them."""

    def disconnected(self, user_id: str, at: datetime) -> None:
        """A user's last tab here closed at `at` (UTC) and none has come back; nobody here listens for them now.

        Not told when the process ends or loses its subscription: the tabs are there and look for another stream.
        """

    def delivered(self, user_id: str, about: str) -> None:
        """An event that is `about` something was given to a tab of this user: the first of their tabs here.

        A tab that comes back and is given the past may take what another one took before, so this may be told again.
        """
