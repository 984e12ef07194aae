"""The migrations make the schema that the code works with, and can be taken back."""

from alembic import command as alembic
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from server import database, tables


def test_the_migrated_schema_is_the_one_of_the_code(database_url: str) -> None:
    engine = database.connect(database_url)
    database.migrate(engine)
    database.migrate(engine)
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), tables.metadata)
        found = inspect(connection)
        indexes = {i["name"] for t in tables.metadata.tables for i in found.get_indexes(t)}
    engine.dispose()
    assert differences == []
    assert {str(i.name) for t in tables.metadata.tables.values() for i in t.indexes} <= indexes


def test_the_migrations_can_be_taken_back(database_url: str) -> None:
    engine = database.connect(database_url)
    database.migrate(engine)
    config = Config()
    config.set_main_option("script_location", str(database._MIGRATIONS))
    with database.writing(engine) as connection:
        config.attributes["connection"] = connection
        alembic.downgrade(config, "base")
    with engine.connect() as connection:
        left = set(inspect(connection).get_table_names()) - {"alembic_version"}
    engine.dispose()
    assert left == set()
