"""Great Expectations, kept quiet: it neither phones home nor fills the log. Importing it takes seconds.

Only the checkpoint and the suites import this module, and only tasks import those.
"""

import logging
import os

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
# Under Airflow it logs hundreds of lines at INFO, many of them while it is imported.
logging.getLogger("great_expectations").setLevel(logging.WARNING)

import great_expectations as gx  # noqa: E402 - its import reads what is set above
import great_expectations.expectations as gxe  # noqa: E402
from great_expectations.exceptions import GreatExpectationsError  # noqa: E402

# This one sets its own level when it is imported.
logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)

__all__ = ["GreatExpectationsError", "gx", "gxe"]
