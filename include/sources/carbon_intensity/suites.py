"""What must hold of the pending half-hours, of Great Britain and of its regions, and why."""

from include.quality.bounds import between
from include.quality.subject import Subject
from include.quality.suites.shares import Mixes, shares
from include.sources.carbon_intensity.datasets import GENERATION, NATIONAL, REGIONAL, Mix

BANDS_AWAY = """
    select
        half_hour.period_started_at,
        (
            select min(abs(band.year - extract(year from half_hour.period_started_at at time zone 'UTC')))
            from reference.carbon_index_bands as band
            where
                band.intensity_index = half_hour.intensity_index
                and coalesce(half_hour.actual_g_per_kwh, half_hour.forecast_g_per_kwh) >= band.lowest_g_per_kwh
                and coalesce(half_hour.actual_g_per_kwh, half_hour.forecast_g_per_kwh)
                < coalesce(band.below_g_per_kwh::double precision, 'infinity')
        )::double precision as years_to_its_band
    from marts.half_hourly_carbon_intensity as half_hour
    where half_hour.period_started_at = any(array(
        select period_started_at from staging.stg_carbon_intensity__pending_half_hours
    ))
"""
PARTS = [name for name in Mix.__struct_fields__ if name.endswith("_pct")]
ROUNDED = "Each is rounded to 0.1, and recorded mixes add up to 99.9 to 100.2. Storage is not among them."

MARTS = (
    Subject(
        suite="marts.half_hourly_carbon_intensity",
        table="marts.half_hourly_carbon_intensity",
        key=("period_started_at",),
        query=BANDS_AWAY,
        checks=(
            between(
                "index_is_of_its_year",
                "years_to_its_band",
                None,
                1,
                says="the index is that of the intensity, by the bands of its year or of a year beside it",
                because="All of 2023 fits its own bands; those of 2019 were still in use on 2 January 2020.",
                only_warns=True,
            ),
        ),
        datasets=(NATIONAL.name,),
    ),
    shares(
        Mixes(
            "half_hourly_supply_mix",
            ("period_started_at",),
            PARTS,
            pending="stg_carbon_intensity__pending_mixes",
            datasets=(GENERATION.name,),
        ),
        because=ROUNDED,
    ),
    shares(
        Mixes(
            "half_hourly_regional_carbon_intensity",
            ("period_started_at", "region_id"),
            PARTS,
            pending="stg_carbon_intensity__pending_regional_half_hours",
            datasets=(REGIONAL.name,),
            figures="count(*) over (partition by period_started_at)::double precision as regions",
        ),
        between(
            "all_regions_are_there",
            "regions",
            18,
            18,
            says="a half-hour has 18 regions",
            because="14 networks, three countries and Great Britain; every answer that was recorded whole has them.",
        ),
        because=ROUNDED,
    ),
)
