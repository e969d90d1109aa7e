"""Stands in for the SDK's process: passes lines on between the worker and a test, whose address is the access token."""

import json
import socket
import sys
import threading

worker = socket.socket(fileno=int(sys.argv[1]))
worker.setblocking(True)
with worker.makefile("rb") as commands:
    start = commands.readline()
    host, _, port = json.loads(start)["token"].partition(":")
    test = socket.create_connection((host, int(port)))
    test.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def pass_on() -> None:
        while data := test.recv(65536):
            worker.sendall(data)
        worker.shutdown(socket.SHUT_RDWR)  # the test has let it die

    threading.Thread(target=pass_on, daemon=True).start()
    test.sendall(start)
    for line in commands:
        test.sendall(line)
