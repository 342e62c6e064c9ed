"""Attune: a pre-hire empathy assessment platform."""

import os

# The engine asks for one thread of linear algebra (see `psychometrics`), which must be said before numpy is first loaded,
# and any service may be the one that loads it. A value from outside wins.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
