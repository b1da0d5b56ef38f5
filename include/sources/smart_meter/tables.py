"""The tables that both DAGs publish."""

TABLES = (
    "active_agreements",
    "agreement_versions",
    "average_half_hourly_consumption",
    "consumption_without_agreement",
    "daily_consumption_by_product",
    "daily_meter_consumption",
    "daily_meter_consumption_versions",
    "daily_product_consumption",
    "daily_region_consumption",
    "half_hourly_consumption",
    "half_hourly_consumption_versions",
)
