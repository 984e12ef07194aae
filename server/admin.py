"""The verbs that administer: schema, branches, devices, the log, backups."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from kiosk.slip import render
from server import (
    archive,
    audit,
    branches,
    branchfile,
    database,
    figure_check,
    logbook,
    paper,
    policy_files,
)
from server.clock import Clock
from server.domain.ids import BranchId
from server.dossiers import table as dossier_table
from server.settings import Settings

#: So long is known who did what.
_AUDIT_KEPT: Final = timedelta(days=365)


@contextmanager
def _engine(settings: Settings) -> Iterator[Engine]:
    engine = database.connect(settings.database)
    try:
        database.migrate(engine)
        yield engine
    finally:
        engine.dispose()


def migrate(_arguments: argparse.Namespace, settings: Settings) -> int:
    """Bring the schema up to date."""
    with _engine(settings):
        print("OK")
    return 0


def branch(arguments: argparse.Namespace, settings: Settings) -> int:
    """Apply a branch file, draw its slip, write one back, or list the branches."""
    if arguments.action == "slip":
        return _draw_slip(arguments)
    if arguments.action == "apply":
        path, ask = Path(arguments.target), not arguments.yes
        return 0 if apply_file(settings, path, ask=ask, policy=arguments.policy) else 2
    with _engine(settings) as engine:
        if arguments.action == "list":
            for name in branches.ids(engine):
                print(name)
        else:
            print(branchfile.dumps(branches.require(engine, BranchId(arguments.target))), end="")
    return 0


def apply_file(settings: Settings, path: Path, *, ask: bool, policy: str = "") -> bool:
    """Show what a branch file changes, then apply it. A file with an error changes nothing.

    A calling policy that managers published gives way to the file's only where somebody says so:
    by answering, or by `policy`: `file` or `keep`.
    """
    try:
        wanted = branchfile.load(path)
    except branchfile.BranchFileError as error:
        print(error, file=sys.stderr)
        return False
    with _engine(settings) as engine:
        current = branches.current(engine, wanted.branch)
        keeps = _keeps_policy(policy_files.clash(engine, current, wanted), policy, ask=ask)
        if keeps and current is not None:
            wanted = replace(wanted, policy=current.policy)
        changes = branchfile.difference(current, wanted)
        if not changes:
            print(f"{wanted.branch}: không có thay đổi")
            return True
        print("\n".join([*changes, *(f"Lưu ý: {line}" for line in branchfile.warnings(wanted))]))
        if ask and sys.stdin.isatty() and input("Áp dụng? [c/K] ").strip().lower() != "c":
            return False
        applied = branches.apply(
            engine, wanted, now=Clock().now(), actor="job:branch-apply", keeps_policy=keeps
        )
        audit.record(
            engine,
            at=Clock().now(),
            actor="cli",
            action="apply_branch",
            branch=wanted.branch,
            catalogue=applied.catalogue_version,
            policy=applied.policy_version,
        )
        print(
            f"{wanted.branch}: danh mục {applied.catalogue_version},"
            f" quy tắc gọi số {applied.policy_version}"
        )
    return True


def _keeps_policy(clash: list[str], policy: str, *, ask: bool) -> bool:
    """Whether the policy in force stays, told what speaks against the file's."""
    if not clash:
        return policy == "keep"
    print("\n".join(clash))
    if policy:
        keeps = policy == "keep"
    elif ask and sys.stdin.isatty():
        question = "Thay quy tắc đang áp dụng bằng quy tắc trong tệp? [c/K] "
        keeps = input(question).strip().lower() != "c"
    else:
        keeps = True
    if keeps:
        print("Giữ quy tắc gọi số đang áp dụng; muốn thay bằng tệp, thêm --policy file.")
    return keeps


def _draw_slip(arguments: argparse.Namespace) -> int:
    """The longest slip of a branch file as a picture; nothing is applied."""
    if not arguments.target or not 300 <= arguments.width <= 840:  # noqa: PLR2004 - as printers have
        print("a FILE is needed, and a width of 300 to 840 dots", file=sys.stderr)
        return 2
    try:
        catalogue = branchfile.load(Path(arguments.target))
    except branchfile.BranchFileError as error:
        print(error, file=sys.stderr)
        return 2
    slip = paper.sample_of(catalogue, Clock().now(), language=arguments.language, is_reprint=False)
    image = render(slip, arguments.width)
    image.save(arguments.out)
    print(f"{arguments.out}: {image.width} × {image.height} điểm")  # noqa: RUF001
    return 0


def dossiers(arguments: argparse.Namespace, settings: Settings) -> int:
    """Bring dossiers in from a CSV file: all of it, or nothing unless told to skip bad lines."""
    with _engine(settings) as engine:
        branch_id = branches.require(engine, BranchId(arguments.branch)).branch
        try:
            good, bad = dossier_table.read(arguments.file)
        except dossier_table.BadFileError as error:
            print(error, file=sys.stderr)
            return 2
        if bad:
            print("\n".join(bad), file=sys.stderr)
            if not arguments.skip_bad:
                print(f"Không nhập gì: {len(bad)} dòng sai.", file=sys.stderr)
                return 2
        dossier_table.load(engine, branch_id, good)
        print(f"{branch_id}: đã nhập {len(good)} hồ sơ, bỏ {len(bad)} dòng")
    return 0


def log(arguments: argparse.Namespace, settings: Settings) -> int:
    """Export, import, verify, rebuild or purge."""
    with _engine(settings) as engine:
        named = _demo_branch() if arguments.demo else arguments.branch
        chosen = [BranchId(named)] if named else branches.ids(engine)
        if arguments.action in ("export", "import"):
            if len(chosen) != 1 and arguments.action == "export":
                print("--branch is needed", file=sys.stderr)
                return 2
            return _transfer(arguments, engine, chosen)
        if arguments.action == "purge":
            now = Clock().now()
            values = logbook.purge(engine, now)
            lines = audit.forget_before(engine, now - _AUDIT_KEPT)
            audit.record(
                engine, at=now, actor="cli", action="log.purge", values=values, lines=lines
            )
            print(values)
            return 0
        failures = 0
        for name in chosen:
            if arguments.action == "rebuild":
                print(f"{name}: {logbook.rebuild(engine, name)} events")
            problems = logbook.verify(engine, name) + figure_check.differences(engine, name)
            failures += bool(problems)
            days = figure_check.sealed_count(engine, name)
            said = f"{name}: {'OK' if not problems else 'KHÁC'}, {days} sealed days"
            print("\n".join([said, *problems]))
    return 1 if failures else 0


def _demo_branch() -> BranchId:
    from server import demo  # noqa: PLC0415 - only the demo needs its parts

    return demo.BRANCH


def _transfer(arguments: argparse.Namespace, engine: Engine, chosen: list[BranchId]) -> int:
    standard = arguments.file is None or str(arguments.file) == "-"
    if arguments.action == "export":
        if standard:
            logbook.export(engine, chosen[0], sys.stdout)
        else:
            with arguments.file.open("w", encoding="utf-8") as out:
                logbook.export(engine, chosen[0], out)
        audit.record(engine, at=Clock().now(), actor="cli", action="log.export", branch=chosen[0])
        return 0
    lines = sys.stdin if standard else arguments.file.open(encoding="utf-8")
    try:
        events = logbook.import_(engine, lines)
        audit.record(engine, at=Clock().now(), actor="cli", action="log.import", events=events)
        print(f"{events} events")
    except logbook.BadLine as error:
        print(error, file=sys.stderr)
        return 2
    finally:
        if not standard:
            lines.close()
    return 0


def backup(arguments: argparse.Namespace, settings: Settings) -> int:
    """Copy database and keys into one archive."""
    archive.backup(settings, arguments.file)
    print(arguments.file)
    return 0


def restore(arguments: argparse.Namespace, settings: Settings) -> int:
    """Put an archive back into an empty data folder."""
    try:
        archive.restore(settings, arguments.file)
    except archive.NotEmpty as error:
        print(error, file=sys.stderr)
        return 2
    print(settings.data)
    return 0
