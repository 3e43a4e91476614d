"""``python -m heyue.faces.cli`` is ``heyue``."""

import sys

from heyue.faces.cli.main import main

sys.exit(main())
