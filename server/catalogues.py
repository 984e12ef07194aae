"""Stored catalogues and policies, parsed once per version and process."""

from sqlalchemy import Connection, select

from server import codec, tables
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
