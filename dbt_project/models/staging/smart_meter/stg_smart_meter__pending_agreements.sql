{%- set agreements = source('smart_meter', 'smart_meter_agreements') %}
{%- set products = source('smart_meter', 'smart_meter_products') %}
{%- set meterpoints = source('smart_meter', 'smart_meter_meterpoints') -%}

with agreements as ({{ pending_keys(agreements, 'smart_meter_agreements', ['agreement_id'], 'smart_meter') }}),

products as ({{ pending_keys(products, 'smart_meter_products', ['product_id'], 'smart_meter') }}),

meterpoints as ({{ pending_keys(meterpoints, 'smart_meter_meterpoints', ['meter_number'], 'smart_meter') }})

select agreement_id from agreements
union
select on_product.agreement_id
from {{ agreements }} as on_product
inner join products on on_product.product_id = products.product_id
union
select of_meter.agreement_id
from {{ agreements }} as of_meter
inner join meterpoints on of_meter.meter_number = meterpoints.meter_number
