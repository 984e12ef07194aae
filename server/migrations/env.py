"""Alembic's entry: runs on the connection that `server.database.migrate` opened."""

from alembic import context

from server import figure_tables as _figure_tables  # noqa: F401 - the same metadata
from server.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
