"""What can be wrong with a request, by name. `web/errors.py` gives each its HTTP status."""


class Refusal(Exception):
    """A request that is not carried out; its text is one sentence for the person who made it."""

    @property
    def reason(self) -> str:
        """The sentence."""
        return str(self)


class Malformed(Refusal):
    """The request itself cannot be read."""


class Unauthorized(Refusal):
    """Nobody is signed in, or the token is not, or no longer, valid."""


class Forbidden(Refusal):
    """Somebody is signed in who may not do this."""


class NotFound(Refusal):
    """There is no such thing, or none that this person may know of."""


class Expired(Refusal):
    """What was offered is not any more."""


class TooLarge(Refusal):
    """A value is longer than its limit."""


class Unprocessable(Refusal):
    """A value is missing or cannot be what it says it is."""


class Throttled(Refusal):
    """Too many tries in too short a time."""


class Unavailable(Refusal):
    """A part that is needed (Redis, say) does not answer at the moment."""


class Conflict(Refusal):
    """Something has changed meanwhile, or stands elsewhere than this request believes."""
