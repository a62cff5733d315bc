"""Names of models that exist at every simulated vendor."""

from __future__ import annotations

import re

NO_LIMIT = 10**9
SIMULATED = re.compile(r"sim(-[\w.-]+)?")
