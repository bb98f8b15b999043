"""`python -m streamgauge` is the command line."""

import sys

from streamgauge.cli import main

if __name__ == "__main__":
    sys.exit(main())
