"""The wall of devices: what is known of each, from its row and from what it last said."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from server import replies
from server.access import Role

#: A device says how it is every half minute; one that missed two is gone, whatever it last said.
_SILENT_AFTER: Final = timedelta(seconds=75)
#: Kinds that hold a connection; a token of another system does not.
_CONNECTED: Final = (Role.KIOSK.value, Role.DISPLAY.value, Role.RATING.value)

Contact = Mapping[str, Any]


def shown(
    rows: Sequence[Mapping[str, Any]], seen: Mapping[str, Contact] | None, now: datetime
) -> dict[str, Any]:
    """The devices of a branch with the state of each; `seen` is None while nobody knows."""
    return {
        "is_known": seen is not None,
        "devices": [_device(row, seen, now) for row in rows],
    }


def _device(
    row: Mapping[str, Any], seen: Mapping[str, Contact] | None, now: datetime
) -> dict[str, Any]:
    contacts = seen or {}
    device = row["id"]
    agent = contacts.get(f"{device}/agent")
    agent_state = _state(row, agent, is_known=seen is not None, now=now)
    return {
        "id": device,
        "kind": row["kind"],
        "name": row["name"],
        "counter": row["counter_id"],
        "printer": row["printer"],
        "added_at": replies.instant(row["added_at"]),
        "rotated_at": replies.instant(row["rotated_at"]),
        "must_rotate": row["must_rotate"],
        "state": _state(row, contacts.get(device), is_known=seen is not None, now=now),
        "contact": _told(contacts.get(device)),
        "agent": {**(_told(agent) or {}), "state": agent_state} if agent else None,
    }


def _state(
    row: Mapping[str, Any], contact: Contact | None, *, is_known: bool, now: datetime
) -> str:
    """`revoked`, `unwatched`, `unknown` (Redis is away), `never`, `here` or `lost`."""
    if row["revoked"]:
        return "revoked"
    if row["kind"] not in _CONNECTED:
        return "unwatched"
    if not is_known:
        return "unknown"
    if contact is None:
        return "never"
    heard = datetime.fromisoformat(contact["at"])
    is_gone = contact.get("left_at") or now - heard > _SILENT_AFTER
    return "lost" if is_gone else "here"


def _told(contact: Contact | None) -> dict[str, Any] | None:
    if contact is None:
        return None
    return {
        "at": contact.get("left_at") or contact["at"],
        "since": contact["since"],
        "version": contact["version"],
        "browser": contact["browser"],
        "address": contact["address"],
        "behind": contact.get("behind"),
        "lag_s": contact.get("lag_s"),
        "sound": contact.get("sound", ""),
        "problems": contact.get("problems", []),
    }
