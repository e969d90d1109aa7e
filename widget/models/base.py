"""What all tables share."""

from __future__ import annotations

import inspect
import secrets
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import MetaData, Table, text
from sqlalchemy.orm import DeclarativeBase, make_transient_to_detached
from sqlalchemy.types import DateTime, TypeDecorator


def new_id() -> str:
    """64 random bits as 16 hexadecimal digits: unguessable, and at home in a URL, an HTML id and a Redis key."""
    return secrets.token_hex(8)


def now() -> datetime:
    """The time in UTC, to the millisecond: what a browser's clock can hold too."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def partial(condition: str) -> dict[str, Any]:
    """The arguments of an index that has only the rows for which this holds."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class Moment(TypeDecorator[datetime]):
    """A time in UTC. SQLite keeps no time zone, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: object) -> datetime | None:
        """Say that the stored time is in UTC."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Base(DeclarativeBase):
    """All tables. Their constraints have names, because a migration can only change what it can name."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


Row = TypeVar("Row", bound=Base)


def table_of(model: type[Base]) -> Table:
    """The table of a model, for plain statements."""
    table: Table = model.__table__  # type: ignore[assignment]
    return table


def as_stored(new: Row, columns: dict[str, Any]) -> Row:
    """A new object of a model as if it had just been read: these columns are what its row holds.

    For what was asked, or written, by a plain statement because it is needed all the time: setting each attribute by
    itself would cost four times as much.
    """
    new.__dict__.update(columns)
    make_transient_to_detached(new)
    return new


def loaded(row: Base) -> dict[str, Any]:
    """What is known of an object, by name."""
    known = dict(vars(row))
    known.pop("_sa_instance_state", None)
    return known


def stored(model: type[Row], values: Iterator[Any]) -> Row:
    """The object whose columns come next in a row that a plain statement has read."""
    return as_stored(model(), _columns(model, values))


def stored_or_none(model: type[Row], values: Iterator[Any]) -> Row | None:
    """The same for one that need not be there: what it was joined by is None then."""
    columns = _columns(model, values)
    return None if columns["id"] is None else as_stored(model(), columns)


def plain(model: type[Row], names: Iterable[str], values: Iterator[Any]) -> Row:
    """What looks like an object of a model that has these columns, for who only reads them and the model's properties.

    SQLAlchemy has no part in it: making it costs a fifth, reading an attribute a third. So it can neither be changed
    nor put into a session, nor belong to what is in one; and any other column raises AttributeError.
    """
    new: Row = _plain(model)(zip(names, values, strict=False))  # the names first: what comes behind them stays
    return new


def as_plain(row: Row) -> Row:
    """The same of an object that has been read, as it is now."""
    same: Row = _plain(type(row))(loaded(row))
    return same


@cache
def _plain(model: type[Base]) -> type[Any]:
    kept = {name: it for name, it in vars(model).items() if inspect.isroutine(it) or isinstance(it, property | bool)}
    return type(model.__name__, (), kept | {"__init__": _take})


def _take(self: Any, columns: Any) -> None:
    self.__dict__.update(columns)


def _columns(model: type[Base], values: Iterator[Any]) -> dict[str, Any]:
    return dict(zip(_names(model), values, strict=False))  # as in `plain`


@cache
def _names(model: type[Base]) -> list[str]:
    return [column.key for column in table_of(model).columns]
