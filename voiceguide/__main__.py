"""`python -m voiceguide` is the command `voiceguide`."""

import sys

from voiceguide.cli import main

sys.exit(main())
