"""What each ticket was told, beside it; what the log has taught the forecast."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

#: A part of the quote in the payload of a ticket's first event.
_PARTS = {
    "sqlite": "json_extract(e.payload, '$.quote.{name}')",
    "postgresql": "CAST(CAST(e.payload AS json) #>> '{{quote,{name}}}' AS {kind})",
}


def upgrade() -> None:
    for name in ("low_s", "high_s", "fallback_s"):
        op.add_column("tickets", sa.Column(name, sa.Integer))
    op.add_column("tickets", sa.Column("model", sa.String(20), nullable=False, server_default=""))
    op.add_column("tickets", sa.Column("levels", sa.Text, nullable=False, server_default=""))
    part = _PARTS[op.get_bind().dialect.name]
    low, high, model = (
        f"(SELECT {part.format(name=name, kind=kind)} FROM event_log e"  # noqa: S608 - from above
        " WHERE e.ticket_id = tickets.id AND e.version = 1)"
        for name, kind in (("low_s", "integer"), ("high_s", "integer"), ("model", "text"))
    )
    op.execute(
        f"UPDATE tickets SET low_s = {low}, high_s = {high}, model = coalesce({model}, '')"  # noqa: S608 - the same
        " WHERE expected_s IS NOT NULL"
    )
    op.create_table(
        "forecast_states",
        sa.Column("branch_id", sa.String(80), primary_key=True),
        sa.Column("model", sa.String(40), nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.LargeBinary, nullable=False),
    )
    # Nobody asks for a forecast of what was: the relay need not read the log from its beginning.
    op.execute(
        "INSERT INTO cursors (subscriber, branch_id, seq)"
        " SELECT 'forecasts', branch_id, seq FROM cursors WHERE subscriber = 'slips'"
    )


def downgrade() -> None:
    op.execute("DELETE FROM cursors WHERE subscriber = 'forecasts'")
    op.drop_table("forecast_states")
    for name in ("levels", "model", "fallback_s", "high_s", "low_s"):
        op.drop_column("tickets", name)
