"""Alembic's entry: runs the migrations on the connection that `widget.cli` hands over."""

from alembic import context

from widget.migrations import is_ours
from widget.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_object=is_ours,
    render_as_batch=True,  # SQLite cannot alter a column in place
)
with context.begin_transaction():
    context.run_migrations()
