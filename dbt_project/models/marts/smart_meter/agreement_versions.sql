{{ config(
    tags=['smart_meter'],
    indexes=[
        {'columns': ['meter_pseudonym']},
        {'columns': ['coalesce(valid_to, \'infinity\')', 'valid_from', 'superseded_at', 'known_at', 'valid_to']}
    ],
    pre_hook="{{ delete_pending(ref('stg_smart_meter__pending_agreements'), 'agreement_id') }}",
    meta={
        'publish': 'pending', 'pending': 'stg_smart_meter__pending_agreements', 'pending_key': 'agreement_id'
    }
) }}

with agreements as (
    select
        *,
        lead(known_at) over (partition by agreement_id order by version_id) as superseded_at
    from {{ ref('stg_smart_meter__agreement_versions') }}
    {{ where_pending(ref('stg_smart_meter__pending_agreements'), 'agreement_id') }}
),

products as (
    select
        *,
        lead(known_at) over (partition by product_id order by version_id) as superseded_at
    from {{ ref('stg_smart_meter__product_versions') }}
),

meterpoints as (
    select
        *,
        lead(known_at) over (partition by meter_pseudonym order by version_id) as superseded_at
    from {{ ref('stg_smart_meter__meterpoint_versions') }}
),

instants as (
    -- What is known of an agreement changes with it, with its product and with its meterpoint.
    select
        agreement_id,
        version_id,
        known_at
    from agreements
    union
    select
        agreements.agreement_id,
        agreements.version_id,
        products.known_at
    from agreements
    inner join products
        on
            agreements.product_id = products.product_id
            and agreements.known_at < products.known_at
            and products.known_at < coalesce(agreements.superseded_at, 'infinity')
    union
    select
        agreements.agreement_id,
        agreements.version_id,
        meterpoints.known_at
    from agreements
    inner join meterpoints
        on
            agreements.meter_pseudonym = meterpoints.meter_pseudonym
            and agreements.known_at < meterpoints.known_at
            and meterpoints.known_at < coalesce(agreements.superseded_at, 'infinity')
)

select
    instants.agreement_id,
    instants.known_at,
    lead(instants.known_at) over (
        partition by instants.agreement_id
        order by instants.known_at
    ) as superseded_at,
    agreements.meter_pseudonym,
    agreements.product_id,
    products.product_name,
    products.is_variable,
    meterpoints.region,
    agreements.valid_from,
    agreements.valid_to,
    agreements.is_withdrawn
from instants
inner join agreements
    on instants.agreement_id = agreements.agreement_id and instants.version_id = agreements.version_id
left join products
    on
        agreements.product_id = products.product_id
        and instants.known_at >= products.known_at
        and instants.known_at < coalesce(products.superseded_at, 'infinity')
left join meterpoints
    on
        agreements.meter_pseudonym = meterpoints.meter_pseudonym
        and instants.known_at >= meterpoints.known_at
        and instants.known_at < coalesce(meterpoints.superseded_at, 'infinity')
