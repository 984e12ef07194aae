"""The Long Biên demo: its branch, devices and history, ready before the first page is opened.

Everything in it is illustrative and labelled so. `server.demo_driver` keeps it alive afterwards.
"""

import json
import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from server import accounts, branches, branchfile, database, devices, queries
from server.access import Permission, Role
from server.clock import Clock
from server.domain import hours, numbering
from server.domain.catalogue import Catalogue
from server.domain.ids import BranchId, CounterId
from server.dossiers import table as dossier_table
from server.relay import pass_over
from server.settings import Settings
from server.simulate import history

BRANCH_FILE = Path(__file__).parent.parent / "deploy" / "branches" / "long-bien.toml"
#: Codes to try the look-up with; printed nowhere else.
DOSSIERS_FILE = BRANCH_FILE.with_name("long-bien-dossiers.csv")
BRANCH = BranchId("long-bien")
DAYS = 30
#: Counters without a simulated officer: they are for the person who tries the demo.
YOURS = frozenset({1, 2})
USERNAME = "quanly"
#: Accounts of the other roles, all with the same password.
STAFF = (
    ("giamsat", Role.SUPERVISOR, "Cán bộ điều phối (minh họa)"),
    ("quantri", Role.ADMINISTRATOR, "Quản trị viên (minh họa)"),
    ("kiemtra", Role.AUDITOR, "Người kiểm tra (minh họa)"),
)
PASSWORD = "motcua-demo"  # noqa: S105 - printed and shown on the sign-in page: it guards a demo
_SEED = 2026
_REPORT_EVERY = 3

#: The demo begins at the real time if that lies so far from opening, lunch and closing.
_AFTER_OPENING = timedelta(minutes=15)
_BEFORE_CLOSING = timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class Demo:
    """What was prepared: the demo's clock, and the content of demo.json."""

    starts_at: datetime
    zone: ZoneInfo
    document: dict[str, Any]


def prepare(settings: Settings, now: datetime | None = None) -> Demo:
    """Make the demo branch with its history, or bring an earlier one up to date. Repeatable.

    The demo's clock never runs backwards: a start on the day of an earlier one goes on from there.
    """
    catalogue = branchfile.load(BRANCH_FILE)
    engine = database.connect(settings.database)
    try:
        starts_at = demo_now(now or Clock().now(), catalogue)
        before = starts_at - timedelta(days=DAYS + 1)
        branches.apply(engine, catalogue, now=before, actor="job:demo")
        catalogue = branches.require(engine, catalogue.branch)
        dossier_table.load(engine, catalogue.branch, dossier_table.read(DOSSIERS_FILE)[0])
        with queries.reading(engine) as connection:
            seen = queries.last_at(connection)
        if seen is not None and _day(catalogue, seen) >= _day(catalogue, starts_at):
            # Its people have waited since then, not since the machine was switched off.
            starts_at = seen
        history.write(
            engine,
            catalogue,
            DAYS,
            until=starts_at,
            seed=_SEED,
            progress=_report,
            closed_today=YOURS,
            account_of=officer_account,
        )
        _skip_history(engine, catalogue.branch)
        document = _document(settings, engine, catalogue)
    finally:
        engine.dispose()
    _write(settings.data / "demo.json", document)
    return Demo(starts_at, catalogue.zone, document)


def _day(catalogue: Catalogue, at: datetime) -> date:
    return numbering.business_date(at, catalogue.time_zone)


def _report(done: int, total: int) -> None:
    if done % _REPORT_EVERY == 0 or done == total:
        print(f"Đang nạp dữ liệu minh họa: ngày {done}/{total}", flush=True)


def demo_now(now: datetime, catalogue: Catalogue) -> datetime:
    """The demo's time at the real `now`.

    The same in the middle of a session of a whole day, else an hour after the opening of the
    latest such day not after today.
    """
    today = _day(catalogue, now)
    day = _working_day(catalogue, today)
    sessions = hours.sessions(catalogue.hours, catalogue.zone, day)
    for session in sessions if day == today else ():
        if session.opens + _AFTER_OPENING <= now <= session.closes - _BEFORE_CLOSING:
            return now
    return (sessions[0].opens + timedelta(hours=1)).astimezone(UTC)


def _working_day(catalogue: Catalogue, day: date) -> date:
    """`day`, or the latest one before it with a whole day's hours."""
    for n in range(30):
        earlier = day - timedelta(days=n)
        if len(hours.windows_of(catalogue.hours, earlier)) > 1:
            return earlier
    return day


def _skip_history(engine: Engine, branch: BranchId) -> None:
    """The history is not news: no slips are printed for it."""
    with queries.reading(engine) as connection:
        last = queries.last_seq(connection, branch)
    pass_over(engine, branch, last)


def _document(settings: Settings, engine: Engine, catalogue: Catalogue) -> dict[str, Any]:
    """Addresses and sign-ins; those of an earlier start are kept while they let in."""
    base_url = f"http://{settings.host}:{settings.port}"
    if kept := _kept(settings.data / "demo.json", engine, catalogue):
        return kept | {"base_url": base_url, "urls": _urls(base_url, kept)}

    def device(role: Role, name: str, counter: CounterId | None = None) -> str:
        return devices.add(engine, branch=catalogue.branch, role=role, name=name, counter=counter)

    _add_people(engine, catalogue)
    document: dict[str, Any] = {
        "base_url": base_url,
        "branch": catalogue.branch,
        "kiosk": {"token": device(Role.KIOSK, "kiosk-1")},
        "counters": [
            {
                "id": counter.id,
                "number": counter.number,
                "queues": list(counter.queues),
                "username": officer_account(counter.number),
                "token": accounts.add_token(
                    engine,
                    username=officer_account(counter.number),
                    name="demo",
                    at=Clock().now(),
                    counter=counter.id,
                ),
            }
            for counter in catalogue.counters
        ],
        "display": {"token": device(Role.DISPLAY, "display-1")},
        "pads": [
            {"counter": c.id, "token": device(Role.RATING, f"rating-{c.number}", c.id)}
            for c in catalogue.counters
            if c.number in YOURS
        ],
        "manager": {"username": USERNAME, "password": PASSWORD},
        "people": [
            {"username": USERNAME, "role": Role.MANAGER.value},
            *({"username": username, "role": role.value} for username, role, _ in STAFF),
            *(
                {"username": officer_account(counter.number), "role": Role.OFFICER.value}
                for counter in catalogue.counters
            ),
        ],
        "api": {"token": device(Role.INTEGRATION, "demo")},
    }
    return document | {"urls": _urls(base_url, document)}


def officer_account(number: int) -> str:
    """Who sits at the counter with this number."""
    return f"canbo{number}"


def _add_people(engine: Engine, catalogue: Catalogue) -> None:
    """An officer for every counter, and one of every other role."""

    def add(username: str, role: Role, name: str, title: str = "") -> None:
        accounts.put_user(
            engine,
            username=username,
            password=PASSWORD,
            name=name,
            branch=catalogue.branch,
            role=role,
            title=title,
            grants=(Permission.CALL_CHOSEN,) if role is Role.OFFICER else (),
        )

    add(USERNAME, Role.MANAGER, "Người phụ trách (minh họa)")
    for username, role, name in STAFF:
        add(username, role, name)
    names = catalogue.officers or ("Cán bộ",)
    for n, counter in enumerate(catalogue.counters):
        name = names[n % len(names)]
        add(officer_account(counter.number), Role.OFFICER, name, "Chuyên viên")


def _kept(path: Path, engine: Engine, catalogue: Catalogue) -> dict[str, Any] | None:
    """The content of demo.json; None when it is of another database, other counters or damaged."""
    try:
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        desks = {entry["id"]: entry["token"] for entry in kept["counters"]}
        tokens = [kept[part]["token"] for part in ("kiosk", "display", "api")]
        tokens += [entry["token"] for entry in kept["pads"]]
        sign_in: dict[str, str] = kept["manager"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if desks.keys() != {c.id for c in catalogue.counters}:
        return None
    known = all(devices.of_token(engine, token) for token in tokens) and all(
        accounts.of_token(engine, token) for token in desks.values()
    )
    return kept if known and accounts.user(engine, sign_in["username"]) else None


def _urls(base_url: str, document: dict[str, Any]) -> dict[str, str]:
    branch, counters, pad = document["branch"], document["counters"], document["pads"][0]
    return {
        "kiosk": f"{base_url}/kiosk/{branch}#token={document['kiosk']['token']}",
        "counter_1": f"{base_url}/counter/{counters[0]['id']}#token={counters[0]['token']}",
        "counter_2": f"{base_url}/counter/{counters[1]['id']}#token={counters[1]['token']}",
        "rating_1": f"{base_url}/counter/{pad['counter']}/rating#token={pad['token']}",
        "display": f"{base_url}/display/{branch}#token={document['display']['token']}",
        "manager": f"{base_url}/manager/{branch}",
        "public": f"{base_url}/public/{branch}",
    }


def _write(path: Path, document: dict[str, Any]) -> None:
    """Whole or not at all, readable by the owner only: it holds tokens."""
    temporary = path.with_suffix(".part")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(document, file, ensure_ascii=False, indent=2)
    temporary.replace(path)


def banner(demo: Demo) -> str:
    """What is printed when the demo is ready."""
    urls, manager = demo.document["urls"], demo.document["manager"]
    local = demo.starts_at.astimezone(demo.zone)
    return "\n".join(
        (
            "",
            f"Motcua (dữ liệu minh họa): {demo.document['base_url']}/",
            f"  Ki-ốt lấy số   {urls['kiosk']}",
            f"  Quầy 1         {urls['counter_1']}",
            f"  Quầy 2         {urls['counter_2']}",
            f"  Đánh giá 1     {urls['rating_1']}",
            f"  Bảng gọi số    {urls['display']}",
            f"  Điều hành      {urls['manager']}",
            f"  Xem từ nhà     {urls['public']}",
            f"  Đăng nhập      {manager['username']} / {manager['password']}",
            f"  Giờ minh họa   {local:%d/%m/%Y %H:%M}",
            "",
        )
    )
