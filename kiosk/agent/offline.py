"""Tickets given without the server: from a signed block, put down before anybody sees the number."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import segno

from kiosk.agent.ledger import Given, Ledger
from kiosk.blank import Told, filled

#: Keys of `Ledger.keep`.
SNAPSHOT: Final = "snapshot"
BLANKS: Final = "blanks"
SESSIONS: Final = "sessions"


class Refused(Exception):
    """No ticket was given; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class OfflineDesk:
    """Gives numbers of the blocks in the ledger. `server` is where slips send phones."""

    def __init__(self, ledger: Ledger, now: Callable[[], datetime], server: str) -> None:
        self._ledger = ledger
        self._now = now
        self._server = server.rstrip("/")

    def left(self) -> dict[str, int]:
        """How many numbers each queue could give now; queues without any are left out."""
        left: dict[str, int] = {}
        for block in self._usable():
            queue = str(block["queue"])
            left[queue] = left.get(queue, 0) + len(self._free(block))
        return {queue: n for queue, n in left.items() if n}

    def unused(self) -> dict[str, int]:
        """How many numbers of each block were not given, for the server to grant more in time."""
        return {str(block["id"]): len(self._free(block)) for block in self._ledger.blocks()}

    def give(self, wish: Mapping[str, Any]) -> Given:
        """A ticket for a press; the same press gets the same ticket. Raises `Refused`."""
        command_id = str(wish.get("command_id", ""))
        if not command_id or len(command_id) > 80:  # noqa: PLR2004 - as the server's own limit
            raise Refused("bad_value")
        if known := self._ledger.given_by(command_id):
            return known
        service = self._service(wish)
        for block in self._usable():
            if block["queue"] != service["queue"]:
                continue
            for entry in self._free(block):
                given = self._given(block, entry, service, wish, command_id)
                if self._ledger.give(given, command_id):
                    return given
                if known := self._ledger.given_by(command_id):
                    return known
        raise Refused("no_numbers_left")

    def _given(
        self,
        block: Mapping[str, Any],
        entry: Mapping[str, Any],
        service: Mapping[str, Any],
        wish: Mapping[str, Any],
        command_id: str,
    ) -> Given:
        content = {
            "number": entry["number"],
            "follow_url": entry["follow_url"],
            "signed": block["signed"],
            "prints": bool(block["prints"]),
            "issued_at": self._now().isoformat(),
            "service": service["id"],
            "queue": service["queue"],
            "procedure": str(wish.get("procedure") or "") or None,
            "priority": str(wish.get("priority") or "") or None,
            "language": "en" if wish.get("language") == "en" else "vi",
            "readiness": str(wish.get("readiness") or ""),
            "wish": command_id,
        }
        serial, ticket = int(entry["serial"]), str(entry["ticket"])
        return Given(
            block=str(block["id"]), serial=serial, ticket=ticket, content=content, state="given"
        )

    def answer(self, given: Given) -> dict[str, Any]:
        """What the kiosk's screen shows: as the server would answer, without what nobody knows."""
        content = given.content
        address = self._server + content["follow_url"]
        return {
            "ticket": {
                "id": given.ticket,
                "number": content["number"],
                "slip": "" if content["prints"] else "none",
                "service": content["service"],
                "procedure": content["procedure"],
                "priority": content["priority"],
            },
            "ahead": None,
            "estimate": None,
            "follow_url": content["follow_url"],
            "follow_qr": segno.make(address, error="m").svg_inline(
                omitsize=True, border=2, dark="#14213D", light="#FFFFFF"
            ),
        }

    def slip(self, given: Given) -> dict[str, Any]:
        """What is to stand on its paper. Raises `Refused` when the server never said."""
        content = given.content
        blanks = self._ledger.kept(BLANKS) or {}
        blank = blanks.get(content["queue"], {}).get(content["language"])
        snapshot = self._ledger.kept(SNAPSHOT) or {}
        if not blank:
            raise Refused("no_template")
        catalogue = snapshot.get("catalogue", {})
        service = _named(catalogue.get("services", ()), content["service"])
        procedure = _named(catalogue.get("procedures", ()), content["procedure"])
        language = content["language"]
        zone = ZoneInfo(snapshot.get("branch", {}).get("time_zone", "UTC"))
        issued = datetime.fromisoformat(content["issued_at"]).astimezone(zone)
        told = Told(
            number=content["number"],
            service=content["service"],
            service_name=_text(service, language),
            at=issued,
            follow=self._server + content["follow_url"],
            procedure_name=_text(procedure, language),
            papers=tuple(procedure.get("papers", ())),
            fee=str(procedure.get("fee", "")),
            statutory_time=str(procedure.get("statutory_time", "")),
            has_priority=bool(content["priority"]),
        )
        return filled(blank, told).to_json()

    def _service(self, wish: Mapping[str, Any]) -> Mapping[str, Any]:
        catalogue = (self._ledger.kept(SNAPSHOT) or {}).get("catalogue", {})
        found = _named(catalogue.get("services", ()), wish.get("service"))
        if not found:
            raise Refused("unknown_service")
        return found

    def _usable(self) -> list[dict[str, Any]]:
        """Blocks whose numbers may be given at this moment."""
        now = self._now()
        return [b for b in self._ledger.blocks() if _is_usable(b, now)]

    def _free(self, block: Mapping[str, Any]) -> list[dict[str, Any]]:
        given = self._ledger.given_of(str(block["id"]))
        return [entry for entry in block["tickets"] if entry["serial"] not in given]


def _is_usable(block: Mapping[str, Any], now: datetime) -> bool:
    if now >= datetime.fromisoformat(block["expires_at"]):
        return False
    return any(
        datetime.fromisoformat(s["from"]) <= now < datetime.fromisoformat(s["until"])
        for s in block["sessions"]
    )


def _named(rows: Any, wanted: Any) -> dict[str, Any]:
    return next((row for row in rows if wanted and row["id"] == wanted), {})


def _text(row: Mapping[str, Any], language: str) -> str:
    name = row.get("name", {})
    return str(name.get(language) or name.get("vi") or "")
