"""Statements that every message needs: made once for the database, and told to its driver.

SQLAlchemy puts a statement together once, too; but each time it is asked it prepares to be asked anything, which takes
longer than SQLite takes to answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Dialect, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import UpdateBase

Convert = Callable[[Any], Any]


class _Form:
    """A statement as one kind of database takes it, with what its driver does not do: converting values."""

    def __init__(self, statement: Prepared.Statement, dialect: Dialect):
        compiled: Any = statement.compile(dialect=dialect)
        self.text = str(compiled)
        asked = {name: it for it, name in compiled.bind_names.items()}
        self.constants = {name: it.value for name, it in asked.items() if not it.required}
        into = dict(_converters(((name, it.type) for name, it in asked.items()), dialect, "bind"))
        self.into = [(name, into.get(name)) for name in compiled.positiontup or asked]
        self.is_positional = compiled.positiontup is not None
        self.finds = not isinstance(statement, UpdateBase)  # the driver would make a description to be asked for it
        found = [] if isinstance(statement, UpdateBase) else [it.type for it in statement.selected_columns]
        self.out_of = _converters(enumerate(found), dialect, "result")

    def values(self, given: Mapping[str, Any]) -> Any:
        """What the driver is given; what the statement does not ask for is left out."""
        if self.constants:
            given = {**self.constants, **given}
        if self.is_positional:
            return [given[name] if convert is None else convert(given[name]) for name, convert in self.into]
        return {name: given[name] if convert is None else convert(given[name]) for name, convert in self.into}

    def row(self, found: Sequence[Any]) -> Sequence[Any]:
        """A row as it has come from the driver, converted."""
        if not self.out_of:
            return found
        row = list(found)
        for at, convert in self.out_of:
            if row[at] is not None:
                row[at] = convert(row[at])
        return row


def _converters(types: Iterable[tuple[Any, Any]], dialect: Any, which: str) -> list[tuple[Any, Convert]]:
    found = []
    for key, kind in types:
        its = kind.dialect_impl(dialect)
        convert = its.bind_processor(dialect) if which == "bind" else its.result_processor(dialect, None)
        if convert is not None:
            found.append((key, convert))
    return found


class Prepared:
    """A statement whose values are given by name, each time all of them."""

    Statement = Select[*tuple[Any, ...]] | UpdateBase

    def __init__(self, statement: Statement):
        self._statement = statement
        self._forms: dict[str, _Form] = {}

    def execute(self, connection: Connection, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """The rows that are found; none of a statement that writes. Raises like `Connection.execute`, which does it
        where somebody listens to what the engine is asked."""
        if connection.engine.dispatch.before_cursor_execute:
            result = connection.execute(self._statement, values)
            return result.all() if result.returns_rows else []
        dialect = connection.dialect
        form = self._forms.get(dialect.name)
        if form is None:
            form = self._forms[dialect.name] = _Form(self._statement, dialect)
        driver = connection.connection
        cursor = driver.cursor()
        try:
            cursor.execute(form.text, form.values(values))
            rows = cursor.fetchall() if form.finds else []
        except dialect.loaded_dbapi.Error as error:
            if dialect.is_disconnect(error, driver.dbapi_connection, cursor):
                connection.invalidate(error)
            raise DBAPIError.instance(form.text, None, error, dialect.loaded_dbapi.Error, dialect=dialect) from error
        finally:
            cursor.close()
        return [form.row(it) for it in rows]
