"""`python -m voiceguide` runs the command `voiceguide`; the frozen application starts here, too."""

import sys

from voiceguide.cli import main
from voiceguide.installation import AS_PYTHON, FROZEN, run_as_python

if FROZEN and sys.argv[1:2] == [AS_PYTHON]:
    run_as_python(sys.argv[2:])
else:
    sys.exit(main())
