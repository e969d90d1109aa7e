"""The application factory: the one place where the parts meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from widget.settings import Settings

REDIS_CONNECTIONS = 3
"""The most a process opens: one subscription, two for everything else. Small hosted plans allow 20 in all."""


def create_app(settings: Settings | None = None) -> Flask:
    """The chat server; raises settings.WrongSetting when the environment holds something unusable.

    Nothing is connected to until it is needed, so this neither waits for nor fails without database and Redis.
    """
    # Imported here, because gunicorn's master imports this package for its settings, before its workers have made the
    # standard library cooperative: what redis and others took from it by then would block.
    import logging

    from flask import Flask
    from redis import BlockingConnectionPool, ConnectionError, Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry
    from werkzeug.middleware.proxy_fix import ProxyFix

    from widget import broadcast, cli, db, stream, web
    from widget.attendance import Attendance
    from widget.link.keeper import Keeper
    from widget.settings import from_environ
    from widget.stream.blueprint import EXTENSION as HUB
    from widget.stream.events import EXTENSION as LOG
    from widget.stream.handover import Handover
    from widget.stream.hub import Hub
    from widget.stream.log import Log

    settings = settings or from_environ()
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("widget").setLevel(settings.log_level.upper())
    app = Flask(__name__, template_folder="../templates", static_folder=None)
    app.config.update(SETTINGS=settings, SECRET_KEY=settings.secret_key or None)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    def connect(most: int, retries: int) -> Redis:
        pool = BlockingConnectionPool.from_url(
            settings.redis_url,
            max_connections=most,
            timeout=8,  # for one of them to be free: when a thousand tabs come back at once, the last waits a while
            socket_connect_timeout=1,
            socket_timeout=3,
            # Not after a timeout: the command may have been carried out, and a Redis that hangs costs time as it is.
            retry=Retry(NoBackoff(), retries, supported_errors=(ConnectionError,)),
        )
        return Redis.from_pool(pool)

    redis = connect(REDIS_CONNECTIONS - 1, retries=1)
    # A subscription that connected again by itself would hide that events were missed in between.
    subscription = connect(1, retries=0)
    log = Log(redis)
    app.extensions[db.EXTENSION] = db.connect(settings.database_url)
    app.extensions["chat_redis"] = redis
    app.extensions[LOG] = log
    app.extensions["chat_attendance"] = attendance = Attendance(app, log)
    app.extensions[HUB] = Hub(subscription, log, attendance)
    app.extensions["chat_keeper"] = Keeper(app, redis)
    app.register_blueprint(stream.sse)
    broadcast.connect()
    web.register(app)
    cli.register(app)

    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign]
    app.wsgi_app = Handover(app.wsgi_app)  # type: ignore[method-assign]
    return app
