"""What runs beside the requests of a worker process, and who starts and ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def start(app: Flask) -> None:
    """Start the background greenlets of this process; gunicorn calls it in each worker, once."""
    import gevent

    from widget import extensions
    from widget.background import backfill, claim, notifications, retention, rules, sweeper, webhooks
    from widget.previews import worker as preview_worker

    parts = extensions.of(app)
    parts.mesibo_worker.start()
    gevent.spawn(sweeper.run, app)
    gevent.spawn(backfill.run, app)
    gevent.spawn(rules.run, app)
    gevent.spawn(claim.run, app)
    gevent.spawn(notifications.run, app)
    gevent.spawn(retention.run, app)
    gevent.spawn(webhooks.run, app)
    if parts.settings.link_previews:
        gevent.spawn(preview_worker.run, app)


def stop(app: Flask) -> None:
    """Give the lease up, end the streams, each with a `bye`, and publish what is committed: nobody has to wait for
    another process's sweeper. May be called twice."""
    from widget import extensions
    from widget.background import sweeper

    parts = extensions.of(app)
    parts.mesibo_worker.stop()
    parts.hub.close()
    sweeper.publish_all(app)


def join(app: Flask, seconds: float) -> None:
    """Wait until the lease is given up after `stop`, but no longer than this."""
    from widget import extensions

    extensions.of(app).mesibo_worker.join(seconds)
