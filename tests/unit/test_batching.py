"""What many ask at the same moment is asked once for all of them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import pytest

from tests import services
from widget.batching import Batch


class Slow:
    """Answers with the double of each number; the first round is answered when a test says so."""

    def __init__(self, first: BaseException | None = None) -> None:
        self.rounds: list[list[int]] = []
        self.may_go = threading.Event()
        self._first = first

    def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.rounds.append(list(numbers))
        if len(self.rounds) == 1:
            self.may_go.wait(services.PATIENCE)
            if self._first is not None:
                raise self._first
        return [2 * number for number in numbers]


@pytest.mark.parametrize("most", [20, 4])
def test_who_come_while_others_are_answered_are_answered_together_and_no_more_than_so_many(most: int) -> None:
    answer = Slow()
    batch = Batch(answer, most)
    with ThreadPoolExecutor(20) as pool:
        first = pool.submit(batch.ask, 0)
        services.wait_for(lambda: answer.rounds, "the first round")
        others = [pool.submit(batch.ask, number) for number in range(1, 11)]
        if most > len(others):
            services.wait_for(lambda: batch._gathering and len(batch._gathering.questions) == 10, "all to ask")
        answer.may_go.set()
        assert [it.result(services.PATIENCE) for it in (first, *others)] == [2 * number for number in range(11)]
    assert sorted(chain(*answer.rounds)) == list(range(11))
    assert max(map(len, answer.rounds)) <= most
    if most > len(others):
        assert len(answer.rounds) == 2


def test_a_failure_is_told_to_all_who_asked_together_and_to_nobody_else() -> None:
    answer = Slow(ValueError("no"))
    batch = Batch(answer, 4)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(batch.ask, 1)
        services.wait_for(lambda: answer.rounds, "the first round")
        later = pool.submit(batch.ask, 2)
        answer.may_go.set()
        with pytest.raises(ValueError, match="no"):
            first.result(services.PATIENCE)
        assert later.result(services.PATIENCE) == 4


def test_when_whoever_asks_for_all_is_ended_the_others_are_answered_all_the_same() -> None:
    answer = Slow(SystemExit())
    batch = Batch(answer, 4)
    gathered = threading.Barrier(3)

    def together(number: int) -> int:
        gathered.wait()
        return batch.ask(number)

    answer.may_go.set()
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(together, number) for number in range(3)]
        ended = [it for it in asked if isinstance(it.exception(services.PATIENCE), SystemExit)]
        assert len(ended) == 1
        assert all(it.result() == 2 * number for number, it in enumerate(asked) if it not in ended)
