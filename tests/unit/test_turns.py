"""What takes long is done in turns with everybody else."""

from __future__ import annotations

import gevent
import gevent.socket

from widget.threads import in_turns


def test_who_waits_for_a_socket_has_a_turn_while_a_long_list_is_made() -> None:
    ours, theirs = gevent.socket.socketpair()
    heard: list[bytes] = []
    listening = gevent.spawn(lambda: heard.append(ours.recv(1)))
    gevent.sleep(0)  # until it waits
    theirs.send(b"x")
    assert list(in_turns(range(30), most=10)) == list(range(30))
    assert heard == [b"x"]
    listening.join()
