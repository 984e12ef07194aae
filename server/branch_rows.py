"""The documents that events of a branch as a whole bring: catalogues, policies, notices, printers."""

from typing import Any

from sqlalchemy import Table

from server import rows, tables
from server.domain import events as ev

_NOTHING_PENDING = {"policy_scheduled": None, "policy_due_at": None}


def written_by(recorded: ev.Recorded) -> tuple[list[tuple[Table, dict[str, Any]]], dict[str, Any]]:
    """Rows to be put in place, without the branch, and what changes in the row of the branch."""
    match recorded.event:
        case ev.NoticePosted() as posted:
            return [(tables.notices, rows.notice_row(recorded.seq, posted))], {}
        case ev.CatalogueChanged(version=version, catalogue=document):
            change = {"catalogue_version": version, "time_zone": document["time_zone"]}
            return [(tables.catalogues, {"version": version, "document": document})], change
        case ev.PolicyPublished(version=version, policy=document):
            row = {"version": version, "document": document}
            return [(tables.policies, row)], {"policy_version": version, **_NOTHING_PENDING}
        case ev.PolicyScheduled(effective_at=at):
            return [], {"policy_scheduled": recorded.seq, "policy_due_at": at}
        case ev.PolicyScheduleWithdrawn():
            return [], _NOTHING_PENDING
        case ev.PrinterReported(device=device, state=state):
            return [(tables.printers, {"device": device, "state": state})], {}
        case ev.DayClosed(business_date=day):
            return [], {"closed_date": day}
        case _:
            return [], {}
