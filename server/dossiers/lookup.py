"""One look-up by a kiosk: limited, alike for every unknown code, no wider than configured."""

import time
from typing import Any, Final

from server.domain.ids import BranchId
from server.dossiers.dossier import Dossier, DossierPart, Source, SourceAwayError, code_in
from server.limits import LOOK_UP, UNKNOWN_DOSSIER, Limits
from server.problems import WireError

#: Any answer takes at least this long, so that time does not tell which codes exist.
_ANSWER_S: Final = 0.4


class Lookup:
    """Looks dossiers up in `source`; beside code and status it shows what is in `shown`, see `settings`."""

    def __init__(self, source: Source, shown: tuple[str, ...], limits: Limits) -> None:
        self._source = source
        self._shown = shown
        self._limits = limits

    def answer(self, branch: BranchId, device: str, text: str) -> dict[str, Any]:
        """What the screen shows for a typed or scanned code.

        Raises `WireError`: `bad_dossier_code`, `unknown_dossier`, `too_many_lookups` or
        `lookup_unavailable`.
        """
        code = code_in(text)
        if code is None:
            raise WireError("bad_dossier_code", 422)
        # Who has guessed too often learns nothing any more, of codes that exist neither.
        who = f"{branch}/{device}"
        if self._limits.is_spent(UNKNOWN_DOSSIER, who) or not self._limits.take(LOOK_UP, who):
            raise WireError("too_many_lookups", 429)
        began = time.monotonic()
        try:
            found = self._source.find(branch, code)
        except SourceAwayError as error:
            raise WireError("lookup_unavailable", 503) from error
        finally:
            time.sleep(max(0.0, _ANSWER_S - (time.monotonic() - began)))
        if found is None:
            self._limits.take(UNKNOWN_DOSSIER, who)
            raise WireError("unknown_dossier", 404)
        return self._row(found)

    def _row(self, found: Dossier) -> dict[str, Any]:
        row: dict[str, Any] = {"code": found.code, "status": found.status}
        if "procedure" in self._shown:
            row["procedure"] = found.procedure
        if "promised" in self._shown:
            row["promised"] = found.promised.isoformat() if found.promised else ""
        if "next_step" in self._shown:
            row["next_step"] = found.next_step
        if found.parts:
            # How far each agency is belongs to the status; what it does, to the procedure.
            row["parts"] = [
                {"status": part.status, **self._procedure_of(part)} for part in found.parts
            ]
        return row

    def _procedure_of(self, part: DossierPart) -> dict[str, str]:
        return {"procedure": part.procedure} if "procedure" in self._shown else {}
