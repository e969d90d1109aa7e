"""How long something takes, as people write it."""


def minutes_seconds(seconds: float) -> str:
    """Minutes and seconds: 0:12, 2:05."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
