"""The measurement engine: arrays in, results out.

Nothing here knows of questions, keys, people's names, pages or tables; numpy and scipy are all it needs. Import the
module that you use (`from assessment.psychometrics import classical`): each loads scipy only when a formula asks for it,
so that the path from a response to a score stays light.

Conventions. Axis 0 is people. NaN means not answered. Closed formulas take and return floats or arrays; statistics
estimated from data return frozen results with `.estimate` and, where one exists, `.confidence_interval(level)`.
Wrong shapes, impossible values and too little data raise `ValueError` naming the argument and the rule.
"""

import os

# One thread for linear algebra: results do not depend on how sums were divided, and on a busy machine with few cores more
# threads wait for each other (eight times slower, measured). It has to be said before numpy is first loaded; a value from
# outside wins.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
