"""The application factory: the one place where the parts meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from widget.settings import Settings

REDIS_CONNECTIONS = 3
"""The most a process opens to a Redis: a subscription, and two for all else. Small hosted plans allow 20 in all."""


def create_app(settings: Settings | None = None) -> Flask:
    """The chat server; raises settings.WrongSetting when the environment holds something unusable.

    Nothing is connected to until it is needed, so this neither waits for nor fails without database and Redis.
    """
    # Imported here, because gunicorn's master imports this package for its settings, before its workers have made the
    # standard library cooperative: what redis and others took from it by then would block.
    import logging

    from flask import Flask
    from werkzeug.middleware.proxy_fix import ProxyFix

    from widget import broadcast, cli, connections, db, storage, stream, web
    from widget.attendance import Attendance
    from widget.ledger import Ledger
    from widget.link import ears
    from widget.link.keeper import Keeper
    from widget.settings import from_environ
    from widget.stream.blueprint import EXTENSION as HUB
    from widget.stream.events import EXTENSION as LOG
    from widget.stream.handover import Handover
    from widget.stream.hub import Hub
    from widget.stream.log import Log
    from widget.web.attached import ConsiderateRequest

    settings = settings or from_environ()
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("widget").setLevel(settings.log_level.upper())
    app = Flask(__name__, template_folder="../templates", static_folder=None)
    app.request_class = ConsiderateRequest
    app.config.update(SETTINGS=settings, SECRET_KEY=settings.secret_key or None)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    redis = connections.connect(settings.redis_url, REDIS_CONNECTIONS - 1, retries=1)
    # A subscription that connected again by itself would hide that events were missed in between.
    subscription = connections.connect(settings.redis_url, 1, retries=0)
    log = Log(redis, sharded=connections.is_cluster(settings.redis_url))
    app.extensions[db.EXTENSION] = db.connect(settings.database_url)
    app.extensions[storage.EXTENSION] = storage.connect(settings.storage_url)
    app.extensions["chat_redis"] = redis
    app.extensions[LOG] = log
    app.extensions["chat_attendance"] = attendance = Attendance(app, log)
    app.extensions[HUB] = Hub(subscription, log, attendance)
    app.extensions["chat_ledger"] = Ledger(app)
    app.extensions["chat_keeper"] = Keeper(app, redis)
    app.register_blueprint(stream.sse)
    broadcast.connect()
    ears.connect(app)
    web.register(app)
    cli.register(app)

    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign]
    app.wsgi_app = Handover(app.wsgi_app)  # type: ignore[method-assign]
    return app
