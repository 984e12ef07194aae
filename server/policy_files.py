"""A branch file beside a policy that managers published: which of the two holds is never silent."""

from sqlalchemy import Engine

from server import codec, policies, queries
from server.domain import events as ev
from server.domain.catalogue import Catalogue
from server.domain.policies import is_same


def clash(engine: Engine, current: Catalogue | None, wanted: Catalogue) -> list[str]:
    """Why the file's calling policy should not simply take the place of the one in force.

    Vietnamese lines; empty where the policy in force came from a file too and nothing waits, or where
    both say the same.
    """
    if current is None or is_same(current.policy, wanted.policy):
        return []
    branch = current.branch
    with queries.reading(engine) as connection:
        known = policies.published(connection, branch)
        coming = policies.pending(connection, branch)
    newest = known[-1]
    lines = []
    if isinstance(newest.event, ev.PolicyPublished) and newest.event.by:
        day = newest.at.astimezone(current.zone)
        lines.append(
            f"CHÚ Ý: quy tắc gọi số đang áp dụng (bản {newest.event.version}) do {newest.event.by}"
            f" công bố trên trang quản lý ngày {day:%d/%m/%Y}: “{newest.event.note}”."
        )
        lines.append(_age(known, wanted))
    if coming is not None:
        at = coming[1].effective_at.astimezone(current.zone)
        lines.append(
            f"CHÚ Ý: một quy tắc khác đang chờ áp dụng từ {at:%H:%M ngày %d/%m/%Y};"
            " thay quy tắc bằng tệp này thì lịch đó bị hủy."
        )
    return lines


def _age(known: list[ev.Recorded], wanted: Catalogue) -> str:
    """Whether the file says what an earlier version said."""
    for recorded in reversed(known[:-1]):
        event = recorded.event
        if not isinstance(event, ev.PolicyPublished):
            continue
        if is_same(codec.policy(event.policy), wanted.policy):
            return f"Quy tắc trong tệp là của bản {event.version}, cũ hơn bản đang áp dụng."
    return "Quy tắc trong tệp khác mọi bản đã áp dụng."
