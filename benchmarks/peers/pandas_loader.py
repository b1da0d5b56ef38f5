"""requests and pandas.to_sql: retries, time limits, typed columns with a key, a window replaced in one transaction.

https://pandas.pydata.org/docs/reference/api/pandas.DataFrame.to_sql.html
https://requests.readthedocs.io/en/latest/user/advanced/#example-automatic-retries
"""

import pandas
import requests
import sqlalchemy
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from benchmarks.peers.columns import MEASURES, TRANSPORT, statement

TIMEOUT_S = (10, 20)
RETRIES = Retry(total=3, backoff_factor=0.01, status_forcelist=[429, 500, 502, 503, 504], allowed_methods=["GET"])
TABLE = "generation_mix"
READ = 'select "DATETIME", {columns} from generation_mix'


def load(portal: str, start: str, end: str, dsn: str) -> None:
    """Replace a window of the table by what the portal says."""
    session = requests.Session()
    session.mount("http://", HTTPAdapter(max_retries=RETRIES))
    response = session.get(f"{portal}/datastore_search_sql", params={"sql": statement(start, end)}, timeout=TIMEOUT_S)
    response.raise_for_status()
    rows = pandas.DataFrame(response.json()["result"]["records"]).drop(columns=list(TRANSPORT), errors="ignore")
    rows["DATETIME"] = pandas.to_datetime(rows["DATETIME"], utc=True)
    numbers = [name for name in rows.columns if name != "DATETIME"]
    rows[numbers] = rows[numbers].apply(pandas.to_numeric)
    engine = sqlalchemy.create_engine(dsn.replace("postgresql://", "postgresql+psycopg2://"))
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text(_definition()))
        window = {"start": f"{start}+00", "end": f"{end}+00"}
        connection.execute(
            sqlalchemy.text(f'delete from {TABLE} where "DATETIME" >= :start and "DATETIME" < :end'),
            window,
        )
        rows.to_sql(TABLE, connection, if_exists="append", index=False, method="multi", chunksize=500)


def _definition() -> str:
    columns = ", ".join(f'"{name}" double precision not null' for name in MEASURES)
    return f'create table if not exists {TABLE} ("DATETIME" timestamptz primary key, {columns})'
