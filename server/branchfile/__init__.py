"""Branch files: the TOML text in which an administrator describes a branch.

`load` and `loads` read one and refuse it whole, with every problem at its line; `dumps` writes
one; `difference` says in words what would change. The keys are explained in
`deploy/BRANCH_FILE.md`.
"""

from server.branchfile.diff import difference
from server.branchfile.parse import check, load, loads
from server.branchfile.problems import BranchFileError, Problem
from server.branchfile.roster import shown, warnings
from server.branchfile.write import dumps, into

__all__ = [
    "BranchFileError",
    "Problem",
    "check",
    "difference",
    "dumps",
    "into",
    "load",
    "loads",
    "shown",
    "warnings",
]
