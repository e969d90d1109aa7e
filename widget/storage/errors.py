"""What can go wrong with any storage."""


class Missing(Exception):
    """There is nothing under this key."""


class Unreachable(Exception):
    """The place where files are kept does not answer, or takes no more."""
