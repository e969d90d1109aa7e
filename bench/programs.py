"""What bots cost: from a POST to a webhook's receiver, and what bots on streams add to a message."""

from __future__ import annotations

import contextlib
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from bench import processes
from bench.peers import Chat
from bench.scenarios import Figures
from tests import api, bots, services
from tests.receiver import TAKEN, Answer, Delivery, Receiver

VISITORS = 20
BOTS = 20
MESSAGES = 200
"""How many are sent for the cost of one."""


def webhooks(peer: Chat, rate: float, seconds: float) -> Figures:
    """So many messages a second, by visitors in turn: from the POST to the receiver, in milliseconds."""
    visitors = [api.visitor(peer.server.url) for _ in range(VISITORS)]
    places = [it.conversation for it in visitors]
    sent: dict[str, float] = {}
    took: list[float] = []

    def take(delivery: Delivery) -> Answer:
        began = sent.get(delivery.event["data"]["message"]["body"])
        if began is not None:
            took.append(1000 * (time.monotonic() - began))
        return TAKEN

    with services.closing(Receiver()) as receiver, ThreadPoolExecutor(VISITORS) as pool:
        receiver.answer = take
        bots.add_webhook(peer.server, receiver.url, "--event", "message.created")
        began, total = time.monotonic(), int(rate * seconds)
        busy = processes.processor(peer.pids)

        def send(number: int) -> None:
            body = f"message {number}"
            sent[body] = time.monotonic()
            visitors[number % VISITORS].send(body, places[number % VISITORS])

        for number in range(total):
            threading.Event().wait(max(0, began + number / rate - time.monotonic()))
            pool.submit(send, number)
        services.wait_for(lambda: len(took) >= total, "all deliveries", 60)
        each = 1000 * (processes.processor(peer.pids) - busy) / total
        bots.end_webhooks()
    cuts = statistics.quantiles(took, n=100)
    return {"p50_ms": cuts[49], "p99_ms": cuts[98], "delivered": len(took), "sent": total, "ms_each": each}


def listening(peer: Chat) -> Figures:
    """The server's time on the processor for a message, in milliseconds: without bots, and with some on streams."""
    visitor = api.visitor(peer.server.url)
    where = visitor.conversation
    figures: Figures = {}
    with contextlib.ExitStack() as stack:
        for count in (0, BOTS):
            for _ in range(count):
                stack.enter_context(services.closing(bots.add(peer.server).listen()))
            visitor.send("warm", where)
            began = processes.processor(peer.pids)
            for number in range(MESSAGES):
                visitor.send(f"{count} {number}", where)
            figures[f"ms_each_with_{count}_bots"] = 1000 * (processes.processor(peer.pids) - began) / MESSAGES
    return figures
