"""`make bench`: this project beside its peers, in one run and in turn.

Prints JSON lines and a table, and draws the growth. The nightly form takes under ten minutes; `make bench FULL=1` takes
more repetitions and up to 20,000 tabs.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from bench import audiences as audience_growth
from bench import (
    browser,
    data_growth,
    data_picture,
    load,
    loop_turns,
    overload,
    pairs,
    plot,
    programs,
    prosody,
    scenarios,
    silent_visitors,
)
from bench.peers import Bare, Chat, FlaskSse, Floor, Nchan, Peer
from tests import services

PICTURE = services.ROOT / "docs" / "growth.svg"
DATA_PICTURE = services.ROOT / "docs" / "data-growth.svg"

Measure = Callable[..., scenarios.Figures]


class Results:
    """What was measured, by scenario and peer; every figure is printed the moment it is there."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], list[scenarios.Figures]] = defaultdict(list)

    def add(self, scenario: str, peer: str, figures: scenarios.Figures) -> None:
        """Keep it and print it as a line of JSON."""
        self.rows[scenario, peer].append(figures)
        rounded = {name: round(value, 3) if isinstance(value, float) else value for name, value in figures.items()}
        print(json.dumps({"scenario": scenario, "peer": peer, **rounded}), flush=True)

    def median(self, scenario: str, peer: str, figure: str) -> float:
        """The median of one figure."""
        return statistics.median(row[figure] for row in self.rows[scenario, peer])

    def ratios(self, scenario: str, figure: str, peer: str, to: str) -> list[float]:
        """One figure of a peer divided by another's, repetition by repetition."""
        pairs = zip(self.rows[scenario, peer], self.rows[scenario, to], strict=False)
        return [one[figure] / other[figure] for one, other in pairs if other[figure]]


def in_turn(
    results: Results, program: Path, scenario: str, peers: Iterable[Callable[[], Peer]], times: int, measure: Measure
) -> None:
    """Measure each peer, then each again: what the machine does meanwhile falls on all of them."""
    makers = list(peers)
    for _ in range(times):
        for make in makers:
            with make() as peer:
                results.add(scenario, peer.name, measure(program, peer))


def table(results: Results) -> str:
    """Medians with their spread, and the ratio to this project in the same repetition."""
    lines = ["| scenario | figure | peer | median (min to max) | ratio to this project |", "|---|---|---|---|---|"]
    for scenario, peer in results.rows:
        for figure in results.rows[scenario, peer][0]:
            values = [row[figure] for row in results.rows[scenario, peer]]
            if not any(values):  # nothing was lost, or refused
                continue
            shown = f"{statistics.median(values):,.2f} ({min(values):,.2f} to {max(values):,.2f})"
            ratios = results.ratios(scenario, figure, peer, Chat.name) if peer != Chat.name else []
            ratio = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})" if ratios else ""
            lines.append(f"| {scenario} | {figure} | {peer} | {shown} | {ratio} |")
    return "\n".join(lines)


def streams(results: Results, program: Path, times: int, seconds: float, full: bool) -> None:
    """From a publication to the tabs, beside flask-sse, nchan and the floor."""
    peers = (Chat, Floor, Nchan, FlaskSse)
    for count in (1000, 5000) if full else (1000,):
        measure = partial(scenarios.tabs, count=count, seconds=seconds)
        in_turn(results, program, f"{count:,} tabs", peers, times, measure)
    in_turn(results, program, "fan-out", peers, times, partial(scenarios.fan_out, seconds=seconds))
    in_turn(results, program, "1,000 tabs reconnect", peers, times, partial(scenarios.reconnect, count=1000))


def messages(results: Results, program: Path, times: int, seconds: float) -> None:
    """From a POST through the database to the tabs, and what sending costs beside a bare view."""
    with services.closing(services.PostgresServer()) as postgres:
        for name, database in (("SQLite", str), ("PostgreSQL", postgres.database)):
            chat, bare = partial(_on, Chat, database), partial(_on, Bare, database)
            measure = partial(scenarios.whole_way, rate=100, seconds=seconds)
            in_turn(results, program, f"the whole way, {name}", (chat,), times, measure)
            measure = partial(scenarios.sending, seconds=seconds)
            in_turn(results, program, f"sending, {name}", (chat, bare), times, measure)


def _on(peer: type[Chat], database: Callable[[], str]) -> Chat:
    return peer(database())


def overloads(results: Results, program: Path, times: int, seconds: float) -> None:
    """Twice of what it can take, for a while."""
    with services.closing(services.PostgresServer()) as postgres:
        measure = partial(overload.overload, seconds=seconds)
        for name, database in (("SQLite", str), ("PostgreSQL", postgres.database)):
            in_turn(results, program, f"overload, {name}", (partial(_on, Chat, database),), times, measure)


def growth(results: Results, program: Path, seconds: float, full: bool, most: int) -> list[str]:
    """More tabs, and more processes; returns the charts."""
    grown: dict[int, scenarios.Figures] = {}
    for wanted in (100, 1000, 5000, 10_000, 20_000) if full else (100, 1000, 5000, 10_000):
        count = min(wanted, most) // 4 * 4
        with Chat() as peer:
            grown[count] = scenarios.tabs(program, peer, count, seconds)
            results.add(f"growth: {count:,} tabs", peer.name, grown[count])
    for workers in (1, 2, 4):
        with Chat(workers=workers) as peer:
            figures = scenarios.tabs(program, peer, 4000, seconds)
            results.add(f"growth: 4,000 tabs on {workers} processes", peer.name, figures)
    with Chat() as peer:
        results.add("10,000 tabs idle", peer.name, scenarios.idle(program, peer, 10_000, 15))

    def chart(title: str, unit: str, of: Callable[[int, scenarios.Figures], float]) -> str:
        return plot.chart(title, unit, {Chat.name: [(count, of(count, it)) for count, it in grown.items()]})

    return [
        chart("Memory of all tabs", "MiB", lambda count, it: it["kib_per_tab"] * count / 1024),
        chart("Subscribing all of them", "seconds", lambda _, it: float(it["subscribe_s"])),
        chart("From a publication to a tab, median", "milliseconds", lambda _, it: float(it["p50_ms"])),
    ]


def beside_prosody(results: Results, times: int, seconds: float) -> None:
    """The whole way between two people, beside Prosody."""
    peers = (pairs.MessagingChat, prosody.Prosody, prosody.ProsodyFiles)
    for tabs in (2, 10):
        measure = partial(pairs.measure, tabs=tabs, rate=20, seconds=seconds)
        in_turn(results, Path(), f"two people, {tabs} tabs each", peers, times, measure)


def data(results: Results, sizes: list[str]) -> None:
    """More conversations and messages: each figure in milliseconds, beside its ratio to the smallest size."""
    medians: data_picture.Figures = {}
    for name, postgresql in (("SQLite", False), ("PostgreSQL", True)):
        medians[name] = {}
        for what, by_size in data_growth.measure(sizes, postgresql).items():
            figures = data_growth.figures(by_size)
            medians[name][what] = {size: figures[f"{size}_ms"] for size in by_size}
            results.add(f"data, {name}: {what}", Chat.name, figures)
    if len(sizes) == len(data_growth.SIZES):
        words = {size: f"{size}: {data_growth.SIZES[size][1]:,} messages" for size in sizes}
        data_picture.write(DATA_PICTURE, medians, words)


def turns(results: Results, size: str) -> None:
    """How long each kind of work holds the loop of a worker."""
    for name, postgresql in (("SQLite", False), ("PostgreSQL", True)):
        for what, longest in loop_turns.measure(size, postgresql).items():
            results.add(f"the loop at {size}, {name}: {what}", Chat.name, {"longest_ms": longest})


def silent(results: Results) -> None:
    """What a thousand visitors who never speak leave in the database and in Redis."""
    for name, postgresql in (("SQLite", False), ("PostgreSQL", True)):
        results.add(f"1,000 silent visitors, {name}", Chat.name, silent_visitors.measure(postgresql))


def audiences(results: Results, times: int) -> None:
    """What a message costs by how many get it, in milliseconds of the process and in bytes, beside the ratio to the
    fewest."""
    for what, by_count in audience_growth.measure(times).items():
        fewest = min(by_count)
        for count, milliseconds in by_count.items():
            figures = {"ms_each": milliseconds, "ratio": milliseconds / by_count[fewest]}
            results.add(f"a message, {what}: {count}", Chat.name, figures)
    weights = audience_growth.measure_bytes()
    for count, weight in weights.items():
        figures = {f"{name}_bytes": value for name, value in weight._asdict().items()}
        figures |= {f"{name}_ratio": value / getattr(weights[1], name) for name, value in weight._asdict().items()}
        results.add(f"a message, inboxes: {count}", Chat.name, figures)


def bots(results: Results, times: int, seconds: float) -> None:
    """What programs cost: webhooks, and bots on streams."""
    for _ in range(times):
        with Chat() as peer:
            results.add("webhooks, 50 messages/s", peer.name, programs.webhooks(peer, 50, seconds))
        with Chat() as peer:
            results.add("bots on streams", peer.name, programs.listening(peer))


def main(full: bool) -> None:
    """Run everything."""
    began = time.monotonic()
    # A tab is a file descriptor, in the server and in the load.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    program = load.build()
    results = Results()
    times, seconds = (5, 20) if full else (3, 5)
    streams(results, program, times, seconds, full)
    messages(results, program, times, seconds)
    overloads(results, program, times if full else 1, overload.SECONDS)
    beside_prosody(results, times if full else 1, seconds)
    bots(results, times if full else 1, seconds)
    data(results, ["a", "b", "c"] if full else ["a", "b"])
    turns(results, "c" if full else "b")
    silent(results)
    audiences(results, times)
    for _ in range(times if full else 1):
        with Chat() as peer:
            results.add("in the browser", peer.name, browser.figures(peer.server))
    plot.write(PICTURE, growth(results, program, seconds, full, most - 400))
    print(f"\n{table(results)}\n")
    took = f"{time.monotonic() - began:.0f} s"
    print(f"{time.strftime('%Y-%m-%d')}, in {took}; growth: {PICTURE.relative_to(services.ROOT)}")


if __name__ == "__main__":
    if "--data" in sys.argv:
        data(Results(), ["a", "b", "c"] if "--full" in sys.argv else ["a", "b"])
    elif "--loop" in sys.argv:
        turns(Results(), "c" if "--full" in sys.argv else "b")
    elif "--silent" in sys.argv:
        silent(Results())
    elif "--audiences" in sys.argv:
        audiences(Results(), 5)
    elif "--bots" in sys.argv:
        bots(Results(), 1, 10)
    elif "--overload" in sys.argv:
        overloads(Results(), load.build(), 3, overload.SECONDS)
    elif "--prosody" in sys.argv:
        found = Results()
        beside_prosody(found, 5, 10)
        print(f"\n{table(found)}")
    else:
        main(full="--full" in sys.argv)
