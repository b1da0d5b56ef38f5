import cProfile
import pstats
import time
from datetime import UTC, datetime

from include.ingestion.window import Window
from tests.journey import Journey

L="/work/shared/data/neso/generation_mix_2026_changelog_2026-03-22_to_2026-05-31.csv.gz"
def test_p(warehouse, settings, simulator):
    j=Journey.through(simulator,settings,warehouse.dsn)
    caps=[datetime.fromisoformat(c) for c in simulator.set(csv=[L],now=None)["captures"]]
    pr=cProfile.Profile()
    for i,c in enumerate(caps[:25]):
        t=time.time(); simulator.set(as_of=c.isoformat()); t1=time.time()
        if i>=15: pr.enable()
        j.ingest(Window(datetime(2026,1,1,tzinfo=UTC),c))
        pr.disable()
        print(round(t1-t,2), round(time.time()-t1,2))
    pstats.Stats(pr).sort_stats("tottime").print_stats(14)
