"""Speaks the lines of the SDK's process, by the mouth of a test: its access token is where that listens."""

import json
import socket
import sys
import threading

keeper = socket.socket(fileno=int(sys.argv[1]))
keeper.setblocking(True)
with keeper.makefile("rb") as asked:
    first = asked.readline()
    host, _, port = json.loads(first)["token"].partition(":")
    test = socket.create_connection((host, int(port)))
    test.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def pass_on() -> None:
        while said := test.recv(65536):
            keeper.sendall(said)
        keeper.shutdown(socket.SHUT_RDWR)  # the test has let it die

    threading.Thread(target=pass_on, daemon=True).start()
    test.sendall(first)
    for line in asked:
        test.sendall(line)
