"""A tally as the figures that screens and exports show, each by its name."""

from collections.abc import Mapping
from typing import Any

from server.domain import officer_shares
from server.domain.satisfaction import Cell
from server.tally import Tally


def measured(tally: Tally) -> dict[str, Any]:
    """A tally as figures (measures.md §2). Seconds; None = nothing, or too few to say."""
    n = tally.n
    wait, call, service = (tally.spread(name) for name in ("wait", "call", "service"))
    engaged_of = n.get("open_s", 0) - n.get("paused_s", 0)
    return {
        "issued": n.get("issued", 0),
        "served": n.get("served", 0),
        "completed": n.get("served", 0),
        "no_show": n.get("no_show", 0),
        "left": n.get("left", 0),
        "left_late": n.get("left_late", 0),
        "unserved": n.get("unserved", 0),
        "cancelled": n.get("left", 0) + n.get("unserved", 0),
        "open": n.get("open", 0),
        "voided": n.get("voided", 0),
        "no_show_share": _rounded_share(
            _share(n.get("no_show", 0), n.get("no_show", 0) + n.get("served", 0))
        ),
        "wait_n": n.get("wait_n", 0),
        "wait_mean_s": _rounded(tally.mean("wait")),
        "wait_p50_s": _rounded(wait[0]),
        "wait_p75_s": _rounded(wait[1]),
        "wait_p90_s": _rounded(wait[2]),
        "call_n": n.get("call_n", 0),
        "call_mean_s": _rounded(tally.mean("call")),
        "call_p50_s": _rounded(call[0]),
        "call_p90_s": _rounded(call[2]),
        "wait_open_mean_s": _rounded(tally.mean("wait_open")),
        "wait_total_mean_s": _rounded(tally.mean("wait_total")),
        "within_target": _rounded_share(tally.share("within1", "within1_n")),
        "within_red": _rounded_share(tally.share("within2", "within2_n")),
        "within_n": n.get("within1_n", 0),
        "service_n": n.get("service_n", 0),
        "service_mean_s": _rounded(tally.mean("service")),
        "service_p50_s": _rounded(service[0]),
        "service_p90_s": _rounded(service[2]),
        "walk_mean_s": _rounded(tally.mean("walk")),
        "sojourn_mean_s": _rounded(tally.mean("sojourn")),
        "parked_s": n.get("parked_s", 0),
        "recalls": n.get("recalls", 0),
        "transfers": n.get("transfers", 0),
        "parks": n.get("parks", 0),
        "added": n.get("added", 0),
        "first_visit": _rounded_share(
            _share(n.get("served", 0) - n.get("incomplete", 0), n.get("served", 0))
        ),
        "sheets_read": n.get("sheets_read", 0),
        "guidance_needed": n.get("guidance_needed", 0),
        "levels": list(tally.levels),
        "ratings_n": tally.rated,
        "ratings_satisfied": tally.satisfied,
        "open_s": n.get("open_s", 0),
        "paused_s": n.get("paused_s", 0),
        "engaged_s": n.get("engaged_s", 0),
        "serving_s": n.get("serving_s", 0),
        "occupancy": _rounded_share(_share(n.get("engaged_s", 0), engaged_of)),
        "service_share": _rounded_share(_share(n.get("serving_s", 0), n.get("open_s", 0))),
    }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole > 0 else None


def _rounded_share(share: float | None) -> float | None:
    return None if share is None else round(share, 6)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)


def shrunk_shares(groups: Mapping[str, Tally]) -> dict[str, dict[str, Any]]:
    """Of each officer `shrunk`: satisfaction drawn towards the mean of all, and its 90 % interval.

    measures.md §4.2, "Officer"; None where there are fewer than 30 ratings.
    """
    cells = {
        key: Cell(
            completed=max(tally.n.get("served", 0), tally.rated),
            rated=tally.rated,
            satisfied=tally.satisfied,
        )
        for key, tally in groups.items()
    }
    return {
        key: {
            "shrunk": {
                "share": _rounded_share(one.share),
                "low": _rounded_share(one.low),
                "high": _rounded_share(one.high),
            }
        }
        for key, one in officer_shares.shrunk(cells).items()
    }
