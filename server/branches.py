"""Branches: made, configured and read. A change of configuration is an event like any other."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Engine, select

from server import catalogues, codec, due_policies, tables
from server.database import writing
from server.domain import events as ev
from server.domain.catalogue import Catalogue
from server.domain.errors import UnknownBranch
from server.domain.ids import BranchId
from server.store import Fact, writing_branch


@dataclass(frozen=True, slots=True)
class Applied:
    """Which versions a file became; the same numbers as before when it changed nothing."""

    catalogue_version: int
    policy_version: int
    has_changed: bool


def current(engine: Engine, branch: BranchId) -> Catalogue | None:
    """The branch's catalogue in force, or None when there is no such branch."""
    b = tables.branches
    with engine.connect() as connection:
        row = connection.execute(select(b).where(b.c.id == branch)).mappings().first()
        if row is None or row["catalogue_version"] == 0:
            return None
        return catalogues.load(connection, branch, row["catalogue_version"], row["policy_version"])


def require(engine: Engine, branch: BranchId) -> Catalogue:
    """The branch's catalogue in force. Raises `UnknownBranch`."""
    found = current(engine, branch)
    if found is None:
        raise UnknownBranch(branch=branch)
    return found


def ids(engine: Engine) -> list[BranchId]:
    """Every configured branch."""
    b = tables.branches
    with engine.connect() as connection:
        query = select(b.c.id).where(b.c.catalogue_version > 0).order_by(b.c.id)
        return [BranchId(i) for i in connection.scalars(query)]


def apply(
    engine: Engine,
    catalogue: Catalogue,
    *,
    now: datetime,
    actor: str,
    keeps_policy: bool = False,
) -> Applied:
    """Make `catalogue` the branch's configuration. Repeating it changes nothing.

    `keeps_policy`: all but its calling policy. Another policy takes the place of one that is put
    down for later, which was made over the one in force until now.
    """
    _make(engine, catalogue)
    with writing_branch(engine, catalogue.branch, now) as log:
        due_policies.enact(log)
        before = log.catalogue if log.is_configured else None
        versions = (before.version if before else 0, before.policy.version if before else 0)
        policy = replace(catalogue.policy, version=versions[1])
        if before is not None and keeps_policy:
            policy = before.policy
        wanted = replace(catalogue, version=versions[0], policy=policy)
        facts: list[Fact] = []
        if before is None or before.policy != policy:
            if pending := log.scheduled_policy():
                over = ev.PolicyScheduleWithdrawn(scheduled=pending[0], by="", note="branch_file")
                facts.append((None, over))
            versions = (versions[0], versions[1] + 1)
            document = codec.policy_document(replace(policy, version=versions[1]))
            facts.append((None, ev.PolicyPublished(version=versions[1], policy=document)))
        if before is None or replace(before, policy=policy) != wanted:
            versions = (versions[0] + 1, versions[1])
            document = codec.catalogue_document(replace(wanted, version=versions[0]))
            facts.append((None, ev.CatalogueChanged(version=versions[0], catalogue=document)))
        log.append(facts, actor=actor, cause=str(uuid.uuid4()))
    return Applied(versions[0], versions[1], has_changed=bool(facts))


def _make(engine: Engine, catalogue: Catalogue) -> None:
    """The bare rows of a new branch; its first catalogue comes as an event."""
    b = tables.branches
    with writing(engine) as connection:
        if connection.scalar(select(b.c.id).where(b.c.id == catalogue.branch)) is None:
            row = {
                "id": catalogue.branch,
                "time_zone": catalogue.time_zone,
                "last_seq": 0,
                "catalogue_version": 0,
                "policy_version": 0,
            }
            connection.execute(b.insert(), row)
