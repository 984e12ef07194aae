"""The browser files: everything listed is there, and stands on its own."""

import re
from pathlib import Path

import pytest

from server import browser_files

BARE_IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*["']([^"'./][^"']*)["']""")

installed = pytest.mark.skipif(
    bool(browser_files.missing()), reason="node_modules is not installed: run `make test`"
)


@installed
def test_every_import_of_a_served_module_is_answered_by_the_import_map() -> None:
    known = set(browser_files.import_map("/vendor/x")["imports"])
    modules = [name for name in browser_files.VENDOR_FILES if name.endswith("js")]
    assert len(modules) == len(known)
    for name in modules:
        path = browser_files.vendor_path(name)
        assert path is not None
        assert set(BARE_IMPORT.findall(path.read_text(encoding="utf-8"))) <= known, name


@installed
def test_no_served_module_asks_for_a_file_beside_it() -> None:
    for name in browser_files.MODULES.values():
        path = browser_files.vendor_path(name)
        assert path is not None
        found = re.findall(r"""\bfrom\s*["'](\.[^"']*)["']""", path.read_text(encoding="utf-8"))
        assert found == [], name


def test_the_import_map_points_to_served_files_only() -> None:
    addresses = browser_files.import_map("/vendor/abc/")["imports"].values()
    served = {address.removeprefix("/vendor/abc/") for address in addresses}
    assert served <= set(browser_files.VENDOR_FILES)


@pytest.mark.parametrize("name", ["", "../package.json", "preact/package.json", "PREACT.MJS"])
def test_nothing_off_the_list_is_served(name: str) -> None:
    assert browser_files.vendor_path(name) is None


def test_the_lock_names_no_host_and_proves_every_package() -> None:
    lock = browser_files.LOCK.read_text(encoding="utf-8")
    assert '"resolved"' not in lock
    assert lock.count('"integrity"') == lock.count('"node_modules/')


def test_the_hash_follows_the_lock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    copy = tmp_path / "package-lock.json"
    copy.write_bytes(browser_files.LOCK.read_bytes())
    monkeypatch.setattr(browser_files, "LOCK", copy)
    before = browser_files.lock_hash()
    copy.write_bytes(copy.read_bytes() + b"\n")
    assert browser_files.lock_hash() != before


@pytest.fixture
def own_tree(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A project folder whose npm is a small script that makes every file and counts its calls."""
    (tmp_path / "package-lock.json").write_text("{}")
    listed = " ".join(f"'node_modules/{path}'" for path in browser_files.VENDOR_FILES.values())
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text(
        "#!/bin/sh\n"
        'if [ "$1" = --version ]; then echo 11.0.0; exit; fi\n'
        'echo "$@" >> calls\n'
        f'for f in {listed}; do mkdir -p "$(dirname "$f")"; : > "$f"; done\n'
    )
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{npm.parent}:/usr/bin:/bin")
    monkeypatch.setattr(browser_files, "ROOT", tmp_path)
    monkeypatch.setattr(browser_files, "LOCK", tmp_path / "package-lock.json")
    monkeypatch.setattr(browser_files, "NODE_MODULES", tmp_path / "node_modules")
    monkeypatch.setattr(browser_files, "STAMP", tmp_path / "node_modules" / ".stamp")
    return tmp_path


def test_a_second_set_up_does_nothing_until_the_lock_changes(own_tree: Path) -> None:
    calls = own_tree / "calls"
    browser_files.ensure()
    browser_files.ensure()
    assert calls.read_text().count("--omit=dev") == 1
    (own_tree / "package-lock.json").write_text('{"changed": true}')
    browser_files.ensure()
    assert len(calls.read_text().splitlines()) == 2


def test_what_was_installed_for_development_is_enough_to_run_but_not_the_other_way(
    own_tree: Path,
) -> None:
    browser_files.ensure()
    browser_files.ensure(dev=True)
    browser_files.ensure()
    calls = (own_tree / "calls").read_text().splitlines()
    assert ["--omit=dev" in call for call in calls] == [True, False]


def test_a_failed_set_up_says_what_to_do(own_tree: Path) -> None:
    npm = own_tree / "bin" / "npm"
    npm.write_text('#!/bin/sh\nif [ "$1" = --version ]; then echo 11.0.0; exit; fi\nexit 1\n')
    with pytest.raises(browser_files.BrowserFilesMissing, match="make run"):
        browser_files.ensure()
    assert browser_files.main([]) == 1
