import time
from datetime import UTC, datetime
from include.ingestion.window import Window
from include.transformation.dbt import Dbt
from psycopg2.extensions import parse_dsn
from include.warehouse import Role
from tests.journey import Journey

def test_x(copy_of, template, settings, simulator, tmp_path):
    W = Window(datetime(2026,5,21,tzinfo=UTC), datetime(2026,5,31,12,tzinfo=UTC))
    for i in range(3):
        with copy_of(template) as w:
            j = Journey.through(simulator, settings, w.dsn)
            t=time.time(); print(j.ingest(W), time.time()-t)
            t=time.time(); print(j.ingest(W), time.time()-t)
            dbt = Dbt(parse_dsn(w.dsn(Role.TRANSFORMER)), tmp_path)
            t=time.time(); print(j.bring(dbt), time.time()-t)
            simulator.set(now="2026-05-31T18:00:00Z")
            t=time.time(); print(j.ingest(Window(W.start, datetime(2026,5,31,18,tzinfo=UTC))), time.time()-t)
            t=time.time(); print(j.bring(dbt), time.time()-t)
            t=time.time(); x=j.analytics(); print({k:len(v) for k,v in x.items()}, time.time()-t)
            simulator.reset()
