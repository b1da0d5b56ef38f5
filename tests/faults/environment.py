"""The campaign's own environment, set before anything of the platform is imported: nothing of the caller's leaks in."""

import os

KEPT = ("GRIDLOOM_TEST_HOME", "GRIDLOOM_REAL_DATA")

for name in [name for name in os.environ if name.startswith(("GRIDLOOM_", "AIRFLOW_"))]:
    if name not in KEPT:
        del os.environ[name]
os.environ["GRIDLOOM_ENV_FILE"] = os.devnull
os.environ["GX_ANALYTICS_ENABLED"] = "false"
