"""`python -m khue` is the command `khue`."""

import sys

from khue.cli import main

sys.exit(main())
