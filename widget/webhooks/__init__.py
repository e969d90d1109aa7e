"""Webhooks: programs that are told of what happens, each event in the transaction of what it tells of."""

from __future__ import annotations


def register() -> None:
    """Subscribe to the chat's events. Doing so again changes nothing."""
    from widget.webhooks import subscribers

    subscribers.connect()
