"""The calls about the calling policy: drafts, what one would change, publishing, taking back."""

from typing import Any

from flask import request

from server import audit, codec, policies, queries
from server.access import Permission
from server.api import policy_schemas as schemas
from server.api.operations import Call, operation, own_branch
from server.api.schemas import Done
from server.clock import Clock
from server.domain.errors import BadValue
from server.domain.ids import BranchId
from server.problems import WireError


@operation(
    "GET",
    "/branches/<branch>/policy",
    "The calling policy in force, what waits for its day, drafts, all versions",
    answer=schemas.PolicyAnswer,
    refusals=(404,),
    tag="policy",
)
def policy(call: Call, branch: str) -> tuple[Any, int]:
    """Each version says who published it, when, why, what it changed and how many calls it made."""
    _require(call, branch, Permission.SEE_FIGURES)
    view = call.context.view(call.actor.branch)
    may_publish = call.actor.may(Permission.MANAGE_POLICY)
    found = policies.shown(
        call.context.engine, view, call.language, author=str(call.actor), sees_drafts=may_publish
    )
    return found, 200


@operation(
    "POST",
    "/branches/<branch>/policy/preview",
    "What a policy would change",
    body=schemas.PreviewBody,
    answer=schemas.PreviewAnswer,
    refusals=(404, 422),
    tag="policy",
)
def preview_policy(call: Call, branch: str) -> tuple[Any, int]:
    """In words, and the order of those who wait now. Nothing is kept."""
    _require(call, branch, Permission.MANAGE_POLICY)
    view = call.context.view(call.actor.branch)
    return policies.previewed(view, call.body.policy, call.language), 200


@operation(
    "PUT",
    "/branches/<branch>/policy/draft",
    "Keep a draft of one's own",
    body=schemas.DraftBody,
    answer=schemas.DraftAnswer,
    refusals=(404, 409, 422),
    tag="policy",
)
def save_policy_draft(call: Call, branch: str) -> tuple[Any, int]:
    """One for each author. A revision that is not the stored one is refused, unless it says the same."""
    _require(call, branch, Permission.MANAGE_POLICY)
    kept = policies.save(
        call.context.engine,
        call.actor.branch,
        call.body.policy,
        author=str(call.actor),
        name=call.actor.name or call.actor.id,
        revision=call.body.revision,
        now=call.context.clock.now(),
    )
    _record(call, "policy.save", draft=kept["draft"])
    return kept, 200


@operation(
    "DELETE",
    "/branches/<branch>/policy/drafts/<draft>",
    "Discard a draft",
    answer=dict[str, Any],
    refusals=(404,),
    tag="policy",
)
def discard_policy_draft(call: Call, branch: str, draft: str) -> tuple[Any, int]:
    """One that is gone already is none."""
    _require(call, branch, Permission.MANAGE_POLICY)
    policies.discard(call.context.engine, call.actor.branch, draft)
    _record(call, "policy.discard", draft=draft[:40])
    return {}, 200


@operation(
    "POST",
    "/branches/<branch>/policy/publish",
    "Publish a policy, at once or on a day",
    body=schemas.PublishBody,
    answer=Done,
    refusals=(404, 409, 422),
    tag="policy",
)
def publish_policy(call: Call, branch: str) -> tuple[Any, int]:
    """By default at the next opening, so that nobody's place changes in the middle of a day."""
    body: schemas.PublishBody = call.body
    own_branch(call, branch)
    document = body.policy
    if (document is None) == (body.draft is None):
        raise BadValue(field="policy", problem="policy or draft")
    if document is None:
        _require(call, branch, Permission.MANAGE_POLICY)
        with queries.reading(call.context.engine) as connection:
            stored = policies.draft(connection, BranchId(branch), body.draft or "")
        document = codec.policy_document(stored)
    content = {"base": body.base, "note": body.note, "effective": body.effective}
    return _execute(call, "PublishPolicy", {**content, "policy": document}), 200


@operation(
    "POST",
    "/branches/<branch>/policy/rollback",
    "Go back to an earlier version",
    body=schemas.RollBackBody,
    answer=Done,
    refusals=(404, 409, 422),
    tag="policy",
)
def roll_policy_back(call: Call, branch: str) -> tuple[Any, int]:
    """Its content is published as a new version; no version is ever taken out."""
    body: schemas.RollBackBody = call.body
    own_branch(call, branch)
    with queries.reading(call.context.engine) as connection:
        earlier = policies.policy_of(connection, BranchId(branch), body.version)
    content = {
        "base": body.base,
        "note": body.note,
        "effective": body.effective,
        "restores": body.version,
        "policy": codec.policy_document(earlier),
    }
    return _execute(call, "PublishPolicy", content), 200


@operation(
    "POST",
    "/branches/<branch>/policy/withdraw",
    "Take back what waits for its day",
    body=schemas.WithdrawBody,
    answer=Done,
    refusals=(404, 409, 422),
    tag="policy",
)
def withdraw_policy(call: Call, branch: str) -> tuple[Any, int]:
    """The policy in force stays."""
    own_branch(call, branch)
    content = {"scheduled": call.body.scheduled, "note": call.body.note}
    return _execute(call, "WithdrawPolicy", content), 200


def _require(call: Call, branch: str, permission: Permission) -> None:
    own_branch(call, branch)
    if not call.actor.may(permission):
        raise WireError("not_allowed", 403)


def _execute(call: Call, name: str, content: dict[str, Any]) -> dict[str, Any]:
    known = {**content, "branch": call.actor.branch, "command_id": call.command_id}
    outcome = call.context.execute(codec.command(name, known), call.actor)
    return {"ticket": None, "seq": outcome.seq}


def _record(call: Call, action: str, **detail: Any) -> None:
    audit.note(
        call.context.engine,
        at=Clock().now(),
        actor=str(call.actor),
        action=action,
        branch=call.actor.branch,
        address=request.remote_addr or "",
        **detail,
    )
