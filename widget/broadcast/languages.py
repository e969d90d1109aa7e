"""Each reader's own language: what is published is rendered once for each language that somebody of them reads."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Generic, TypeVar

from widget import i18n
from widget.chat.conversations.membership import Reader
from widget.realtime import Event


def for_each(readers: Iterable[Reader], render: Callable[[], Iterable[Event]]) -> Iterator[tuple[str, Event]]:
    """What `render` makes, for each of these readers in their language, as `publish` takes it."""
    rendered: dict[i18n.Language, list[Event]] = {}
    for user_id, code in readers:
        language = i18n.read_by(code)
        if language not in rendered:
            with i18n.reader(code):
                rendered[language] = list(render())
        for event in rendered[language]:
            yield user_id, event


Rendered = TypeVar("Rendered")


class Renderings(Generic[Rendered]):
    """What several readers get alike, made once for each language."""

    def __init__(self) -> None:
        self._done: dict[Hashable, Rendered] = {}

    def get(self, code: str | None, alike: Hashable, render: Callable[[], Rendered]) -> Rendered:
        """What `render` makes in the language of somebody who reads `code`; the same for all who are `alike`."""
        language = i18n.read_by(code)
        key = (language, alike)
        if key not in self._done:
            if language is i18n.language():
                self._done[key] = render()
            else:
                with i18n.reader(code):
                    self._done[key] = render()
        return self._done[key]
