"""Stored catalogues and policies, parsed once per version and process."""

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, func, select

from server import codec, tables
from server.domain import events as ev
from server.domain.catalogue import Catalogue
from server.domain.ids import BranchId


def load(connection: Connection, branch: BranchId, version: int, policy: int) -> Catalogue:
    """The branch's catalogue as of these versions. A version never changes, so it is kept."""
    key = (str(connection.engine.url), branch, version, policy)
    if key not in _kept:
        if len(_kept) >= _MOST:
            _kept.pop(next(iter(_kept)))
        _kept[key] = _read(connection, branch, version, policy)
    return _kept[key]


def in_force(connection: Connection, branch: BranchId, at: datetime) -> Catalogue:
    """The branch's catalogue as it was at `at`; before the first one, that first one."""
    e = tables.event_log
    # Versions are counted from 1 without gaps, so how many there were is which one it was.
    query = (
        select(e.c.type, func.count())
        .where(e.c.branch_id == branch, tables.IS_CONFIGURATION, e.c.at <= at)
        .group_by(e.c.type)
    )
    versions: dict[str, int] = {row[0]: row[1] for row in connection.execute(query)}
    catalogue = versions.get(ev.CatalogueChanged.__name__, 0)
    policy = versions.get(ev.PolicyPublished.__name__, 0)
    return load(connection, branch, max(catalogue, 1), max(policy, 1))


def each_in_force(connection: Connection, branch: BranchId) -> Callable[[datetime], Catalogue]:
    """`in_force` for many moments of one branch, of which the log is asked once."""
    e = tables.event_log
    query = select(e.c.type, e.c.at).where(e.c.branch_id == branch, tables.IS_CONFIGURATION)
    moments: dict[str, list[datetime]] = defaultdict(list)
    for kind, moment in connection.execute(query.order_by(e.c.seq)):
        insort(moments[kind], moment)
    catalogues_at, policies_at = (
        moments[kind.__name__] for kind in (ev.CatalogueChanged, ev.PolicyPublished)
    )

    def at(moment: datetime) -> Catalogue:
        versions = (bisect_right(some, moment) for some in (catalogues_at, policies_at))
        catalogue, policy = (max(version, 1) for version in versions)
        return load(connection, branch, catalogue, policy)

    return at


#: A country's shard holds a few hundred branches; one catalogue is about 100 KB.
_MOST = 400
_kept: dict[tuple[str, BranchId, int, int], Catalogue] = {}


def _read(connection: Connection, branch: BranchId, version: int, policy: int) -> Catalogue:
    c, p = tables.catalogues, tables.policies
    document = connection.scalar(
        select(c.c.document).where(c.c.branch_id == branch, c.c.version == version)
    )
    rules = connection.scalar(
        select(p.c.document).where(p.c.branch_id == branch, p.c.version == policy)
    )
    return codec.catalogue(document or {}, rules or {})
