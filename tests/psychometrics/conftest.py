"""The engine sets linear algebra to one thread, which it can only do before a test module loads numpy."""

import assessment.psychometrics  # noqa: F401 - for what its import does
