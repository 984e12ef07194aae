"""`python -m server <verb>`. Only the web process is patched for gevent, before anything else."""

import sys

if len(sys.argv) > 1 and sys.argv[1] == "web":
    from gevent import monkey

    monkey.patch_all()

from server.cli import main

if __name__ == "__main__":
    sys.exit(main())
