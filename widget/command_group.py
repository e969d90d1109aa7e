"""What all groups of commands share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from alembic.util.exc import CommandError
from flask.cli import AppGroup
from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from widget.chat.errors import Refusal
from widget.storage import Unreachable


@contextmanager
def refusals() -> Iterator[None]:
    """What goes wrong within this is one line, not a traceback."""
    try:
        yield
    except Refusal as refusal:
        raise click.ClickException(refusal.reason) from None
    except CommandError as error:
        raise click.ClickException(f"{error}.") from None
    except (OSError, Unreachable) as error:
        raise click.ClickException(f"{error}") from None
    except RedisError as error:
        raise click.ClickException(f"Redis does not answer: {error}") from None
    except SQLAlchemyError as error:
        reason = str(error).partition("\n")[0]
        raise click.ClickException(f"The database cannot be used (is it upgraded?): {reason}") from None


class Commands(AppGroup):
    """A group of commands whose failures are one line, not a traceback."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command that was asked for."""
        with refusals():
            return super().invoke(context)
