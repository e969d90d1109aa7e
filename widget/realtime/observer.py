"""What the hub alone can know: that a user connected or disconnected, and that an event was delivered."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Observer(Protocol):
    """Is told of the users who have tabs in this process; of those in other processes their own observers are.

    Every method must return at once, raise nothing and wait for nothing: it may be called from the event loop and
    with the hub's locks held. All that it can do is take a note.
    """

    def connected(self, user_id: str) -> None:
        """A user's first tab here has opened; by now the whole deployment can see that somebody listens for them."""

    def disconnected(self, user_id: str, at: datetime) -> None:
        """A user's last tab here closed at `at` (UTC) and none has come back; nobody here listens for them now.

        Not called when the process ends or loses its subscription: the tabs are there and look for another stream.
        """

    def delivered(self, user_id: str, about: str) -> None:
        """An event that is `about` something was given to a tab of this user: the first of their tabs here.

        A tab that comes back may be given what another one had before, so this may be called again.
        """
