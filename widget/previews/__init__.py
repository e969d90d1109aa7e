"""Link previews: what the page behind a link says of itself."""


def register() -> None:
    """Subscribe to the chat's events. Doing so again changes nothing."""
    from widget.chat import events
    from widget.previews import pictures

    events.pictures_dropped.connect(pictures.pictures_dropped)
