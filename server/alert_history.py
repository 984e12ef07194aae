"""What a branch's earlier days say, for the rules that compare today with them. Kept for a day."""

import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from typing import Final

from sqlalchemy import BigInteger, Connection, select, type_coerce

from server import codec, queries, tables
from server.domain import alerts
from server.domain.alert_house import COVERAGE_OF
from server.domain.alert_situation import History
from server.domain.alert_stats import Usual, usual
from server.domain.catalogue import Catalogue
from server.domain.ids import BranchId, ServiceId
from server.domain.outlook import PERCENTS

_DURATIONS: Final = 1_000
_CALLS: Final = 2_000
#: Pseudo-observations of the usual share of absences, as in `learning.py`.
_PRIOR, _WEIGHT = 0.06, 30
_RATED_WITHIN: Final = timedelta(days=14)
_FORETOLD_WITHIN: Final = timedelta(days=14)
_JUDGED_WITHIN: Final = timedelta(days=90)
#: A forecast of less than this is of somebody who need not queue, and says nothing of forecasts.
_WORTH_S: Final = 60


def history_of(connection: Connection, catalogue: Catalogue, today: date) -> History:
    """The figures of the days before `today`, a day of the branch."""
    midnight = datetime.combine(today, time_of_day(), catalogue.zone).astimezone(UTC)
    services: dict[ServiceId, Usual] = {}
    for service in catalogue.services:
        known = usual(_durations(connection, catalogue.branch, service.id, midnight))
        if known is not None:
            services[service.id] = known
        # The web process serves others between two services.
        time.sleep(0)
    share, calls = _absences(connection, catalogue.branch, midnight)
    return History(
        services=services,
        no_show_share=share,
        first_calls=calls,
        is_rated=_is_rated(connection, catalogue.branch, today),
    )


def _durations(
    connection: Connection, branch: BranchId, service: ServiceId, before: datetime
) -> list[float]:
    s = tables.stages
    query = (
        select(type_coerce(s.c.ended_at, BigInteger) - type_coerce(s.c.started_at, BigInteger))
        .where(
            s.c.branch_id == branch,
            s.c.service == service,
            s.c.ended_at < before,
            s.c.started_at.is_not(None),
        )
        .order_by(s.c.ended_at.desc())
        .limit(_DURATIONS)
    )
    # Instants are stored as microseconds: subtracted there, a thousand rows cost little here.
    return [microseconds / 1e6 for microseconds in connection.execute(query).scalars()]


def _absences(connection: Connection, branch: BranchId, before: datetime) -> tuple[float, int]:
    t = tables.tickets
    query = (
        select(t.c.status)
        .where(t.c.branch_id == branch, t.c.first_called_at < before)
        .order_by(t.c.first_called_at.desc())
        .limit(_CALLS)
    )
    found = connection.execute(query).scalars().all()
    absent = sum(status == "no_show" for status in found)
    return (absent + _PRIOR * _WEIGHT) / (len(found) + _WEIGHT), len(found)


def _is_rated(connection: Connection, branch: BranchId, today: date) -> bool:
    t = tables.tickets
    query = select(t.c.id).where(
        t.c.branch_id == branch,
        t.c.business_date >= today - _RATED_WITHIN,
        t.c.level.is_not(None),
    )
    return connection.execute(query.limit(1)).first() is not None


def with_lately(
    history: History, connection: Connection, branch: BranchId, now: datetime
) -> History:
    """The history with what changes within a day: how forecasts and predictions turned out."""
    outcomes = {
        rule: (found.get(alerts.HIT, 0), found.get(alerts.MISS, 0))
        for rule, found in queries.alert_outcomes(connection, branch, now - _JUDGED_WITHIN).items()
    }
    return replace(history, foretold=_foretold(connection, branch, now), outcomes=outcomes)


def _foretold(connection: Connection, branch: BranchId, now: datetime) -> tuple[int, int]:
    """Of the last forecasts of a wait worth the name, how many there are and how many held."""
    t = tables.tickets
    query = (
        select(t.c.levels, t.c.issued_at, t.c.first_called_at)
        .where(
            t.c.branch_id == branch,
            t.c.first_called_at > now - _FORETOLD_WITHIN,
            t.c.levels != "",
        )
        .order_by(t.c.first_called_at.desc())
        .limit(2 * COVERAGE_OF)
    )
    held: list[bool] = []
    for document, issued_at, called_at in connection.execute(query):
        levels = dict(zip(PERCENTS, codec.levels(document), strict=True))
        low_s, high_s = levels[10], levels[90]
        if low_s is not None and high_s is not None and high_s >= _WORTH_S:
            held.append(low_s <= (called_at - issued_at).total_seconds() <= high_s)
    held = held[:COVERAGE_OF]
    return len(held), sum(held)
