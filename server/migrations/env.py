"""Alembic's entry: runs on the connection that `server.database.migrate` opened."""

from alembic import context

from server.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
