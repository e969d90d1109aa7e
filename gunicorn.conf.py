"""How gunicorn serves the chat: gevent workers, and what each does when it starts and ends."""

import gc
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
# A browser's idle connections keep a worker until this is over, and after two seconds all must be gone. Enough for
# a request in progress; one that is cut off is sent again with its client_id.
graceful_timeout = 1
timeout = 30
control_socket_disable = True
loglevel = _settings.log_level


def post_fork(server, worker):
    """Load the app without looking for garbage: there is none yet, and it is a fifth of the time until the start."""
    gc.disable()


def post_worker_init(worker):
    """Start what runs beside the requests, and end the streams when the worker is told to go."""
    import gevent

    _keep_what_stays()
    # What a message makes is gone when it is answered. Python would look through it every 700 objects, several times
    # for each message, which is 1 or 2 % of what one takes.
    gc.set_threshold(10_000, 10, 10)
    gc.enable()

    from widget import background

    app = worker.wsgi
    background.start(app)
    answer_error = worker.handle_error

    def handle_error(req, client, addr, error):
        # Cut off because the worker ends: the connection closes, as gunicorn does next. A 500 would be the answer to
        # whatever has been sent on it just now, and nothing went wrong.
        if not isinstance(error, gevent.GreenletExit):
            answer_error(req, client, addr, error)

    worker.handle_error = handle_error
    finish = signal.getsignal(signal.SIGTERM)

    def end(signum, frame):
        # gunicorn would wait for open streams until its timeout, so they end first, each with a word of farewell.
        gevent.spawn(background.stop, app)
        finish(signum, frame)

    signal.signal(signal.SIGTERM, end)


def _keep_what_stays():
    """Spare what the app consists of from looks for garbage, each of which would hold up every tab for some 60 ms.

    What is still there after one of the first full looks is spared as well: templates and statements, which are made
    when they are first used.
    """
    gc.collect()
    freeze = gc.freeze
    freeze()
    left = 5

    def keep(phase, info):  # runs until the very end, when Python has taken this module's names away
        nonlocal left
        if phase == "stop" and info["generation"] == 2 and left:
            left -= 1
            freeze()

    gc.callbacks.append(keep)


def worker_exit(server, worker):
    """However a worker comes to its end (Ctrl-C, a master that is gone), its lease goes to the next at once."""
    from widget import background

    if worker.wsgi is not None:  # in the master, or before the app was loaded, there is nothing to give up
        background.stop(worker.wsgi)
        background.join(worker.wsgi, 0.5)
