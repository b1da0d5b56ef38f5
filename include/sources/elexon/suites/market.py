"""What must hold of prices, and why."""

from include.quality.bounds import between
from include.quality.subject import Subject

MARTS = (
    Subject(
        suite="marts.half_hourly_prices",
        table="marts.half_hourly_prices",
        key=("period_started_at",),
        query="""
            select
                period_started_at, system_price_gbp_per_mwh, market_index_price_gbp_per_mwh, net_imbalance_volume_mwh,
                extract(epoch from period_started_at - known_at)::double precision / 3600 as hours_ahead
            from marts.half_hourly_prices
            where period_started_at = any(array(select period_started_at from staging.int_elexon__pending_prices))
        """,
        checks=(
            between(
                "system_price_is_in_gbp_per_mwh",
                "system_price_gbp_per_mwh",
                -1_000,
                10_000,
                says="the system price is -1,000 to 10,000 £/MWh",
                because="It was -185.33 to 4,037.80 from 2016 to 2026; lost load is priced at 6,000. Catches pence.",
            ),
            between(
                "market_price_is_in_gbp_per_mwh",
                "market_index_price_gbp_per_mwh",
                -1_000,
                10_000,
                says="the market index is -1,000 to 10,000 £/MWh",
                because="Exchanges take bids of -500 to 6,000 £/MWh.",
            ),
            between(
                "imbalance_is_in_mwh",
                "net_imbalance_volume_mwh",
                -10_000,
                10_000,
                says="the net imbalance is -10,000 to 10,000 MWh",
                because="A half-hour of all demand is some 20,000 MWh. Catches kWh.",
            ),
            between(
                "no_price_is_of_the_future",
                "hours_ahead",
                None,
                1,
                says="its half-hour had begun when it was told, within an hour",
                because="Trades end before the half-hour begins, and it is settled afterwards; the hour is for clocks.",
            ),
        ),
    ),
)
