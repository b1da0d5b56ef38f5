-- The models name the fuels in SQL; the seed describes them. Both must speak of the same ones, in one order.
with fuels as (select * from {{ ref('fuels') }}),

named as (
    select
        part.fuel_code,
        part.display_order
    from {{ unnest_parts(neso_parts()) }} with ordinality as part (fuel_code, display_order)
)

select
    named.fuel_code as named_fuel_code,
    fuels.fuel_code as seed_fuel_code
from named
full outer join fuels on named.fuel_code = fuels.fuel_code
where named.display_order is distinct from fuels.display_order
