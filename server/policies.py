"""A branch's calling policies: the one in force, one put down for later, drafts, all versions.

What is in force is decided by the log alone (`PolicyPublished`); a draft is nobody's business but
the managers' until it is published, and stands beside the log.
"""

import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, RowMapping, func, select

from server import catalogues, codec, policy_words, queries, replies, tables
from server.database import writing
from server.domain import events as ev
from server.domain import policies
from server.domain.catalogue import Policy
from server.domain.errors import BadPolicy, PolicyChanged, UnknownPolicy
from server.domain.ids import BranchId
from server.handlers.policies import next_opening
from server.views import View

MOST_DRAFTS: Final = 8
#: The newest so many versions are told.
_TOLD: Final = 60


# Versions -----------------------------------------------------------------------------------
def published(connection: Connection, branch: BranchId) -> list[ev.Recorded]:
    """Every `PolicyPublished` of the branch, in order."""
    e = tables.event_log
    query = (
        select(e)
        .where(e.c.branch_id == branch, tables.IS_CONFIGURATION)
        .where(e.c.type == ev.PolicyPublished.__name__)
        .order_by(e.c.seq)
    )
    rows = connection.execute(query).mappings()
    return [queries.recorded_of(row, {}) for row in rows]


def policy_of(connection: Connection, branch: BranchId, version: int) -> Policy:
    """The policy of a version. Raises `UnknownPolicy`."""
    p = tables.policies
    query = select(p.c.document).where(p.c.branch_id == branch, p.c.version == version)
    document = connection.scalar(query)
    if document is None:
        raise UnknownPolicy(version=version)
    return codec.policy(document)


def calls_between(connection: Connection, branch: BranchId, after: int, before: int | None) -> int:
    """How many calls the log holds after one `seq` and before another: an index alone is read."""
    e = tables.event_log
    query = select(func.count()).where(e.c.branch_id == branch, tables.IS_CALL, e.c.seq > after)
    if before is not None:
        query = query.where(e.c.seq < before)
    return connection.scalar(query) or 0


def versions(connection: Connection, branch: BranchId, language: str) -> list[dict[str, Any]]:
    """Every version, the newest first: who, when, why, what it changed, how many calls it made."""
    found = published(connection, branch)
    told = []
    following: ev.Recorded | None = None
    before: Policy | None
    for n in range(len(found) - 1, max(-1, len(found) - 1 - _TOLD), -1):
        event = found[n].event
        assert isinstance(event, ev.PolicyPublished)  # noqa: S101 - asked for by its type
        policy = codec.policy(event.policy)
        earlier = found[n - 1].event if n else None
        is_known = isinstance(earlier, ev.PolicyPublished)
        before = codec.policy(earlier.policy) if isinstance(earlier, ev.PolicyPublished) else None
        told.append(
            {
                "version": event.version,
                "at": replies.instant(found[n].at),
                "until": replies.instant(following.at) if following else None,
                "by": event.by,
                "actor": found[n].actor,
                "note": event.note,
                "restores": event.restores,
                "is_scheduled": event.scheduled is not None,
                "calls": calls_between(
                    connection, branch, found[n].seq, following.seq if following else None
                ),
                "policy": codec.policy_document(policy),
                "difference": policy_words.difference(before, policy, language) if before else [],
                "is_first": not is_known,
            }
        )
        following = found[n]
    return told


def pending(connection: Connection, branch: BranchId) -> tuple[int, ev.PolicyScheduled] | None:
    """The policy that is put down for later, and the `seq` of its event."""
    row = queries.branch_row(connection, branch)
    e = tables.event_log
    query = select(e).where(e.c.branch_id == branch, e.c.seq == row["policy_scheduled"])
    found = connection.execute(query).mappings().first()
    event = queries.recorded_of(found, {}).event if found else None
    return (found["seq"], event) if found and isinstance(event, ev.PolicyScheduled) else None


# Drafts -------------------------------------------------------------------------------------
def _drafts(connection: Connection, branch: BranchId) -> Iterator[RowMapping]:
    d = tables.policy_drafts
    query = select(d).where(d.c.branch_id == branch).order_by(d.c.changed_at.desc(), d.c.id)
    yield from connection.execute(query).mappings()


def draft(connection: Connection, branch: BranchId, draft_id: str) -> Policy:
    """The policy of a draft. Raises `UnknownPolicy`."""
    d = tables.policy_drafts
    query = select(d.c.document).where(d.c.branch_id == branch, d.c.id == draft_id)
    document = connection.scalar(query)
    if document is None:
        raise UnknownPolicy(draft=draft_id[:40])
    return codec.policy(document)


def save(
    engine: Engine,
    branch: BranchId,
    document: Mapping[str, Any],
    *,
    author: str,
    name: str,
    revision: int,
    now: datetime,
) -> dict[str, Any]:
    """Keep an author's draft; `revision` is the one they know, 0 = none yet. The new id and revision.

    Raises a refusal that names the field when the policy cannot be used, and `PolicyChanged` when
    the draft is another by now (the same again changes nothing).
    """
    policy = policies.tidy(codec.policy(document))
    policies.check(policy)
    with writing(engine) as connection:
        row = queries.branch_row(connection, branch)
        content = codec.policy_document(policy) | {"version": row["policy_version"]}
        known = {d["author"]: d for d in _drafts(connection, branch)}
        mine = known.get(author)
        if mine is not None and policies.is_same(codec.policy(mine["document"]), policy):
            return {"draft": mine["id"], "revision": mine["revision"]}
        stored = mine["revision"] if mine else 0
        # Nobody is shown a draft that says what is in force: to its author there is none.
        is_none = mine is None or _is_settled(mine, *_known(connection, row))
        if revision not in ((stored, 0) if is_none else (stored,)):
            raise PolicyChanged(version=stored)
        d = tables.policy_drafts
        values = {
            "name": name,
            "revision": stored + 1,
            "base": row["policy_version"],
            "document": content,
            "changed_at": now,
        }
        if mine is not None:
            connection.execute(d.update().where(d.c.id == mine["id"]).values(**values))
            return {"draft": mine["id"], "revision": stored + 1}
        if len(known) >= MOST_DRAFTS:
            raise BadPolicy(field="draft", policy_field="draft", policy_fault="too_many_drafts")
        made = {"id": secrets.token_urlsafe(9), "branch_id": branch, "author": author, **values}
        connection.execute(d.insert(), made)
        return {"draft": made["id"], "revision": 1}


def discard(engine: Engine, branch: BranchId, draft_id: str) -> None:
    """Throw a draft away; one that is gone already is none."""
    d = tables.policy_drafts
    with writing(engine) as connection:
        connection.execute(d.delete().where(d.c.branch_id == branch, d.c.id == draft_id))


# What pages and programs are told -----------------------------------------------------------
def shown(
    engine: Engine, view: View, language: str, *, author: str, sees_drafts: bool
) -> dict[str, Any]:
    """Everything about the branch's policies. Drafts only for those who may publish."""
    branch = view.catalogue.branch
    with queries.reading(engine) as connection:
        row = queries.branch_row(connection, branch)
        now_in_force, coming = _known(connection, row)
        told = versions(connection, branch, language)
        drafts = list(_drafts(connection, branch)) if sees_drafts else []
    opening = next_opening(view.catalogue, view.now)
    return {
        "in_force": {
            **{k: told[0][k] for k in ("version", "at", "by", "actor", "note", "calls")},
            "policy": codec.policy_document(now_in_force),
            "sentences": policy_words.sentences(now_in_force, language),
        },
        "pending": _pending_told(now_in_force, coming, language) if coming else None,
        "drafts": [
            _draft_told(d, now_in_force, author, language)
            for d in drafts
            if not _is_settled(d, now_in_force, coming)
        ],
        "versions": told,
        "limits": {name: list(limit) for name, limit in policies.LIMITS.items()},
        "next_opening": replies.instant(opening) if opening else None,
    }


def _pending_told(
    now_in_force: Policy, coming: tuple[int, ev.PolicyScheduled], language: str
) -> dict[str, Any]:
    seq, event = coming
    policy = codec.policy(event.policy)
    return {
        "scheduled": seq,
        "effective_at": replies.instant(event.effective_at),
        "by": event.by,
        "note": event.note,
        "base": event.base,
        "restores": event.restores,
        "policy": codec.policy_document(policy),
        "sentences": policy_words.sentences(policy, language),
        "difference": policy_words.difference(now_in_force, policy, language),
    }


def _draft_told(
    row: RowMapping, now_in_force: Policy, author: str, language: str
) -> dict[str, Any]:
    policy = codec.policy(row["document"])
    return {
        "id": row["id"],
        "name": row["name"],
        "is_mine": row["author"] == author,
        "revision": row["revision"],
        "base": row["base"],
        "changed_at": replies.instant(row["changed_at"]),
        "policy": codec.policy_document(policy),
        "difference": policy_words.difference(now_in_force, policy, language),
    }


def _known(
    connection: Connection, row: RowMapping
) -> tuple[Policy, tuple[int, ev.PolicyScheduled] | None]:
    """The policy in force, and the one that waits, of a branch's row."""
    branch = BranchId(row["id"])
    found = catalogues.load(connection, branch, row["catalogue_version"], row["policy_version"])
    return found.policy, pending(connection, branch)


def _is_settled(
    row: RowMapping, now_in_force: Policy, coming: tuple[int, ev.PolicyScheduled] | None
) -> bool:
    """Whether what the draft says is in force or put down: then it is a draft no more."""
    policy = codec.policy(row["document"])
    settled = [now_in_force, *([codec.policy(coming[1].policy)] if coming else [])]
    return any(policies.is_same(one, policy) for one in settled)


def previewed(view: View, document: Mapping[str, Any], language: str) -> dict[str, Any]:
    """What a policy would change: in words, and the order of those who wait now.

    Raises a refusal that names the field when it cannot be used.
    """
    new = policies.tidy(codec.policy(document))
    policies.check(new)
    old = view.catalogue.policy
    found = policies.turns(view.state, view.catalogue.counters, old, new)
    sooner, later, furthest = policies.summary(found)
    return {
        "base": old.version,
        "difference": policy_words.difference(old, new, language),
        "sentences": policy_words.sentences(new, language),
        "queues": [
            {
                "queue": queue.id,
                "name": queue.name.in_language(language),
                "people": [
                    {
                        "number": turn.number,
                        "priority": turn.is_priority,
                        "before": turn.before,
                        "after": turn.after,
                    }
                    for turn in found[queue.id]
                ],
            }
            for queue in view.catalogue.queues
            if queue.id in found
        ],
        "sooner": sooner,
        "later": later,
        "furthest": furthest,
    }
