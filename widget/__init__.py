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
    from widget import broadcast, cli, i18n, mesibo, notifications, previews, realtime, web, webhooks
    from widget.settings import from_environ

    app = _create_flask(settings or from_environ())
    _connect(app)
    i18n.register(app)
    realtime.register(app)
    broadcast.register(app)
    mesibo.register(app)
    notifications.register()
    webhooks.register()
    previews.register()
    web.register(app)
    cli.register(app)
    _wrap(app)
    return app


def _create_flask(settings: Settings) -> Flask:
    import logging

    from flask import Flask

    from widget import extensions
    from widget.web.templates import QuickEnvironment

    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("widget").setLevel(settings.log_level.upper())
    app = Flask(__name__, template_folder="../templates", static_folder=None)
    app.jinja_environment = QuickEnvironment
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.extensions[extensions.NAME] = extensions.Extensions(settings)
    return app


def _connect(app: Flask) -> None:
    """Database, storage and Redis, none of which is spoken to yet; and what counts the messages on their way."""
    from widget import db, extensions, redis, storage
    from widget.web.admission import InFlight

    parts = extensions.of(app)
    parts.in_flight = InFlight()
    parts.engine = db.connect(parts.settings.database_url, parts.settings.database_prepare)
    parts.storage = storage.connect(parts.settings.storage_url)
    parts.redis = redis.connect(parts.settings.redis_url, REDIS_CONNECTIONS - 1, retries=1)


def _wrap(app: Flask) -> None:
    """The layers around the app, the outermost last."""
    from werkzeug.middleware.proxy_fix import ProxyFix

    from widget import extensions
    from widget.realtime.socket_takeover import SocketTakeover
    from widget.web.admission import Admission
    from widget.web.body_deadline import BodyDeadline
    from widget.web.quick_streams import QuickStreams

    app.wsgi_app = Admission(app, extensions.of(app).in_flight)  # type: ignore[method-assign]
    app.wsgi_app = QuickStreams(app, app.wsgi_app)  # type: ignore[method-assign]
    proxies = extensions.of(app).settings.proxies
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    app.wsgi_app = BodyDeadline(app.wsgi_app)  # type: ignore[method-assign]
    app.wsgi_app = SocketTakeover(app.wsgi_app)  # type: ignore[method-assign]
