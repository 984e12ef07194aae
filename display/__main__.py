"""`python -m display run|check`: a machine that is a wall; `voice …`: the voice of the hall."""

import sys

from display.cli import main

if __name__ == "__main__":
    sys.exit(main())
