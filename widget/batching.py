"""What many ask at the same moment, asked once for all of them: of the database, of Redis."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class _Round(Generic[Question, Answer]):
    """Questions that are answered together."""

    __slots__ = ("answers", "done", "error", "questions")

    def __init__(self) -> None:
        self.questions: list[Question] = []
        self.answers: Sequence[Answer] | None = None
        self.error: Exception | None = None
        self.done = threading.Event()


class Batch(Generic[Question, Answer]):
    """Asks for all who come while the questions of others are being answered, and for those who come with them.

    `answer` is given at most so many questions and returns an answer to each, in their sequence. What it raises, all of
    them are told.
    """

    def __init__(self, answer: Callable[[Sequence[Question]], Sequence[Answer]], most: int):
        self._answer = answer
        self._most = most
        self._lock = threading.Lock()  # guards the round; nobody waits for anything while holding it
        self._turn = threading.Lock()  # one round is answered at a time: meanwhile the next one grows
        self._gathering: _Round[Question, Answer] | None = None

    def ask(self, question: Question) -> Answer:
        """The answer to a question; raises what `answer` raises."""
        with self._lock:
            its = self._gathering
            is_first = its is None or len(its.questions) >= self._most
            if its is None or is_first:
                its = self._gathering = _Round()
            place = len(its.questions)
            its.questions.append(question)
        if is_first:
            self._answer_all(its)
        else:
            its.done.wait()
        if its.error is not None:
            raise its.error
        # Without an answer whoever was to ask for all has been ended meanwhile.
        return self.ask(question) if its.answers is None else its.answers[place]

    def _answer_all(self, its: _Round[Question, Answer]) -> None:
        try:
            time.sleep(0)  # all others who are on their way have a turn
            with self._turn:
                self._close(its)
                its.answers = self._answer(its.questions)
        except Exception as error:
            its.error = error
        finally:
            self._close(its)
            its.done.set()

    def _close(self, its: _Round[Question, Answer]) -> None:
        with self._lock:
            if self._gathering is its:
                self._gathering = None
