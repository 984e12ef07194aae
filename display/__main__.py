"""`python -m display voice …`: the voice of the hall."""

import sys

from display.cli import main

if __name__ == "__main__":
    sys.exit(main())
