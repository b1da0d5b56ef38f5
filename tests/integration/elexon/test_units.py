from tests.integration.elexon.conftest import DAILY
def test_x(journey):
    print(journey.run("2026-05-20 12:20", DAILY, only=["PN","BOALF","BOD","bm_units"]))
    for t in ("balancing_units","daily_unit_notifications","half_hourly_balancing_actions"):
        print(t, journey.as_analyst(f"select count(*) from analytics.{t}"))
        for r in journey.as_analyst(f"select * from analytics.{t} limit 4"): print('   ', str(r).replace('datetime.datetime',''))
    print(journey.query("select suite, name, success, details->>'finding' from ops.quality_results where not success"))
    print(journey.query("select name, duration_s, rows_affected from ops.dbt_results order by 2 desc limit 5"))
    print(journey.as_analyst("select count(*), sum(notified_mwh) from analytics.half_hourly_unit_notifications('2026-05-19','2026-05-19')"), journey.as_analyst("select settlement_date, count(*), sum(notified_mwh) from analytics.daily_unit_notifications group by 1 order by 1"))
    print(journey.as_analyst("select settlement_date::text, direction, pair_id, count(*), sum(volume_mwh), sum(cost_gbp) from analytics.half_hourly_balancing_actions group by 1,2,3 order by 1,2,3"))
