"""The calls about plans: compare some with the present over days of the log. No command of the log."""

from typing import Any

from flask import request

from server import audit
from server import plan_asking as asking
from server.access import Permission
from server.api import plan_schemas, schemas
from server.api.operations import Call, operation, own_branch
from server.clock import Clock
from server.problems import WireError
from server.whatif import store


def _may(call: Call, branch: str) -> None:
    own_branch(call, branch)
    if not call.actor.may(Permission.PLAN):
        raise WireError("not_allowed", 403)


def _record(call: Call, action: str, plan: str) -> None:
    audit.note(
        call.context.engine,
        at=Clock().now(),
        actor=str(call.actor),
        action=action,
        branch=call.actor.branch,
        address=request.remote_addr or "",
        plan=plan[:24],
    )


@operation(
    "POST",
    "/branches/<branch>/plans",
    "Compare plans with the present over days of the log",
    body=plan_schemas.PlansBody,
    answer=plan_schemas.PlansAnswer,
    status=202,
    refusals=(404, 409, 422, 503),
    tag="figures",
)
def compare_plans(call: Call, branch: str) -> tuple[Any, int]:
    """The workers compute it. The same Idempotency-Key always gets the same comparison."""
    _may(call, branch)
    body: plan_schemas.PlansBody = call.body
    trial = asking.ask(call.context, call.actor, body.name, body.days, body.plans, call.command_id)
    _record(call, "plans.ask", trial.id)
    return asking.told(trial), 202


@operation(
    "GET",
    "/branches/<branch>/plans",
    "The comparisons that are kept",
    answer=plan_schemas.PlansList,
    refusals=(404,),
    tag="figures",
)
def kept_plans(call: Call, branch: str) -> tuple[Any, int]:
    """The newest first, without their results; at most fifty are kept."""
    _may(call, branch)
    return {
        "plans": [asking.told(t) for t in store.every(call.context.engine, call.actor.branch)]
    }, 200


@operation(
    "GET",
    "/branches/<branch>/plans/<plan>",
    "A comparison, and its result once it is ready",
    answer=plan_schemas.PlansResult,
    refusals=(404,),
    tag="figures",
)
def plan_result(call: Call, branch: str, plan: str) -> tuple[Any, int]:
    """Waits in minutes; a change is the plan's figure minus the present's, lived again."""
    _may(call, branch)
    trial, result = store.find(call.context.engine, call.actor.branch, plan)
    return {"plan": asking.told(trial), "result": result}, 200


@operation(
    "POST",
    "/branches/<branch>/plans/<plan>/rename",
    "Give a comparison another name",
    body=plan_schemas.NameBody,
    answer=plan_schemas.PlansAnswer,
    refusals=(404, 422),
    tag="figures",
)
def rename_plan(call: Call, branch: str, plan: str) -> tuple[Any, int]:
    """Nothing else of it changes."""
    _may(call, branch)
    body: plan_schemas.NameBody = call.body
    asking.rename(call.context, call.actor.branch, plan, body.name)
    _record(call, "plans.rename", plan)
    return asking.told(store.find(call.context.engine, call.actor.branch, plan)[0]), 200


@operation(
    "POST",
    "/branches/<branch>/plans/<plan>/cancel",
    "Stop a comparison",
    body=schemas.NoBody,
    answer=plan_schemas.PlansAnswer,
    refusals=(404,),
    tag="figures",
)
def cancel_plan(call: Call, branch: str, plan: str) -> tuple[Any, int]:
    """One that is over stays as it is."""
    _may(call, branch)
    trial = asking.cancel(call.context, call.actor.branch, plan)
    _record(call, "plans.cancel", plan)
    return asking.told(trial), 200


@operation(
    "DELETE",
    "/branches/<branch>/plans/<plan>",
    "Delete a comparison",
    answer=plan_schemas.Deleted,
    refusals=(404,),
    tag="figures",
)
def delete_plan(call: Call, branch: str, plan: str) -> tuple[Any, int]:
    """Deleted twice it is deleted once; one under way is stopped by it."""
    _may(call, branch)
    store.forget(call.context.engine, call.actor.branch, plan)
    _record(call, "plans.delete", plan)
    return {"deleted": plan}, 200
