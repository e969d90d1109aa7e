"""How gunicorn serves the chat: gevent workers, and what each does when it starts and ends."""

import signal
import sys

from widget import settings

try:
    _settings = settings.from_environ()
except settings.WrongSetting as wrong:  # said here, once, by the master: a worker would be started over and over
    sys.exit(str(wrong))

bind = f"0.0.0.0:{_settings.port}"
workers = _settings.web_concurrency
worker_class = "gevent"
worker_connections = 1000  # requests in progress; an open stream is not one of them
keepalive = 15
graceful_timeout = 2
timeout = 30
control_socket_disable = True
loglevel = _settings.log_level


def post_worker_init(worker):
    """Start what runs beside the requests, and end the streams when the worker is told to go."""
    import gevent

    from widget import sweeper
    from widget.stream.blueprint import EXTENSION as HUB

    app = _flask_app(worker)
    keeper = app.extensions["chat_keeper"]
    keeper.start()
    gevent.spawn(sweeper.run, app)
    finish = signal.getsignal(signal.SIGTERM)

    def end(signum, frame):
        # gunicorn would wait for open streams until its timeout, so they end first, each with a word of farewell.
        keeper.stop()
        gevent.spawn(app.extensions[HUB].close)
        finish(signum, frame)

    signal.signal(signal.SIGTERM, end)


def _flask_app(worker):
    return worker.wsgi
