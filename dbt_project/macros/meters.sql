{#- Who a meter is outside of raw: its pseudonym. A left join, which costs nothing where nobody asks who it is. -#}
{% macro joined_meter(meter_number) -%}
    left join {{ source('smart_meter', 'pseudonyms') }} as meter
        on {{ meter_number }} = meter.number and meter.subject = 'smart_meter.meterpoint'
{%- endmacro %}


{#- The days that this build is to make anew, as a relation, of all days that are pending. -#}
{% macro days_to_build(pending_days) -%}
    (select day.consumption_date from {{ pending_days }} as day where not day.is_built)
{%- endmacro %}


{#- Whether a day is one that this build is to make anew; any is, where all is built. -#}
{% macro is_to_build(pending_days, day='consumption_date') -%}
    {%- if is_incremental() -%}
        {{ day }} = any(array{{ days_to_build(pending_days) }})
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}


{#- Pre-hook of what is built by day. -#}
{% macro delete_days_to_build(pending_days) -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where consumption_date = any(array{{ days_to_build(pending_days) }})
    {%- endif -%}
{%- endmacro %}


{#-
    What the readings of some loads of meter-days took the place of, one row for each reading that had a version before;
    null where that was withdrawn. By index, one meter-day after the other: as a rule there are few.
-#}
{% macro replaced_readings(loads) %}
    select
        touched.meter_pseudonym,
        touched.consumption_date,
        touched.known_at,
        reading.period_started_at,
        reading.former_consumption_kwh as consumption_kwh
    from {{ loads }} as touched
    cross join lateral (
        select
            version.period_started_at,
            version.known_at,
            lag(version.consumption_kwh) over versions_of_the_key as former_consumption_kwh,
            row_number() over versions_of_the_key as version_number
        from {{ ref('stg_smart_meter__reading_versions') }} as version
        where
            version.meter_pseudonym = touched.meter_pseudonym
            and version.period_started_at >= {{ day_started_at('touched.consumption_date') }}
            and version.period_started_at < {{ day_started_at('(touched.consumption_date + 1)') }}
        window versions_of_the_key as (partition by version.period_started_at order by version.version_id)
    ) as reading
    where reading.known_at = touched.known_at and reading.version_number > 1
{% endmacro %}


{#-
    The readings of a meter and a day, for `lateral`: by index, one meter after the other, to which `offset` holds, since a
    day is a small part of all there are.
-#}
{% macro readings_of_the_day(meter_days) -%}
    (
        select
            latest.period_started_at,
            latest.consumption_kwh
        from {{ ref('stg_smart_meter__readings') }} as latest
        where
            latest.meter_pseudonym = {{ meter_days }}.meter_pseudonym
            and latest.period_started_at >= {{ day_started_at(meter_days ~ '.consumption_date') }}
            and latest.period_started_at < {{ day_started_at('(' ~ meter_days ~ '.consumption_date + 1)') }}
        offset 0
    )
{%- endmacro %}


{#- The days of a table of many rows a day, from one to the next by its index; a recursive CTE, which is named. -#}
{% macro days_one_by_one(relation, itself) %}
    select min(consumption_date) as consumption_date from {{ relation }}
    union all
    select later.consumption_date
    from {{ itself }}
    cross join lateral (
        select min(held.consumption_date) as consumption_date from {{ relation }} as held
        where held.consumption_date > {{ itself }}.consumption_date
    ) as later
    where later.consumption_date is not null
{% endmacro %}


{#- Rows where any of some meters has a reading of a day, for `exists`, which looks no further than to the first one. -#}
{% macro any_reading_of(meters, day) -%}
    (
        select one.meter_pseudonym
        from {{ meters }} as one
        cross join lateral (
            select reading.known_at
            from {{ ref('daily_meter_consumption_versions') }} as reading
            where reading.consumption_date = {{ day }} and reading.meter_pseudonym = one.meter_pseudonym
            limit 1
        ) as found
    )
{%- endmacro %}


{#- What a load brought of a measure, less what it took the place of, on top of what stood before. -#}
{% macro as_it_stood(loads, measure) -%}
    (
        coalesce(former.{{ measure }}, 0)
        + sum({{ loads }}.{{ measure }} - coalesce(replaced.{{ measure }}, 0)) over loads_until_then
    )
{%- endmacro %}


{#- What a table that only grows holds before its first build: no rows, of these columns with their types. -#}
{% macro nothing_held(columns) -%}
    (
        select {% for column in columns -%}
            null::{{ column.split(' ')[1] }} as {{ column.split(' ')[0] }}{{ ', ' if not loop.last }}
        {%- endfor %}
        where false
    )
{%- endmacro %}


{#- How many meters a group of a regional or product table must have to be shown. -#}
{% macro smallest_group() -%}
    {{ release_setting('smart_meter_smallest_group', 'smart_meter') }}::integer
{%- endmacro %}


{#-
    Whether a group of meters is kept back: where it has fewer than the smallest group; and so that it cannot be worked
    out from the others and their total, groups are kept back in ascending order until these hold that many together.
    `within` is what the groups add up to, `name` what tells them apart. `analytics.daily_product_consumption_as_known_at`
    says the same.
-#}
{% macro is_suppressed(within, name, meters='meters') -%}
    (
        {{ meters }} < {{ smallest_group() }}
        or coalesce(
            sum({{ meters }}) over (
                partition by {{ within }}
                order by {{ meters }}, {{ name }}
                rows between unbounded preceding and 1 preceding
            ) < {{ smallest_group() }},
            false
        )
    )
{%- endmacro %}


{#-
    Rows of the reference whose latest version that is built differs from the latest one that was built before, each with
    its columns of then (`former_…`, null where it was not there) and of now (null where it is withdrawn).
-#}
{% macro changed_versions(subject, key, columns) %}
    {%- set versions = ref('stg_smart_meter__' ~ subject ~ '_versions') %}
    {%- set after = pending_after('smart_meter_' ~ subject ~ 's', 'smart_meter') %}
    select
        touched.{{ key }},
        {{ for_each(columns, 'former.? as former_?') }},
        {{ for_each(columns, 'latest.?') }}
    from (
        select distinct {{ key }} from {{ versions }}
        where version_id > {{ after }}
    ) as touched
    left join (
        select distinct on ({{ key }}) * from {{ versions }}
        where version_id <= {{ after }}
        order by {{ key }}, version_id desc
    ) as former on touched.{{ key }} = former.{{ key }} and not former.is_withdrawn
    left join {{ ref('stg_smart_meter__' ~ subject ~ 's') }} as latest on touched.{{ key }} = latest.{{ key }}
    where ({{ for_each(columns, 'former.?') }}) is distinct from ({{ for_each(columns, 'latest.?') }})
{% endmacro %}


{#- The days of an agreement; none where there was none. A day that it begins and ends on is not one of them. -#}
{% macro agreed_days(prefix) -%}
    case
        when {{ prefix }}valid_from is null then datemultirange()
        else datemultirange(daterange({{ prefix }}valid_from, {{ prefix }}valid_to))
    end
{%- endmacro %}


{#- Pre-hook of the pending days: those of earlier slices of this build stay, those of any other build go. -#}
{% macro keep_days_of_earlier_slices() -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where not exists (
            select from {{ source('ops', 'watermarks') }} as watermark
            where
                watermark.release = 'smart_meter'
                and watermark.pending_after_version_id > watermark.published_version_id
        );
        update {{ this }} set is_built = true where not is_built
    {%- endif -%}
{%- endmacro %}


{#- Post-hook of the pending days: a day of an earlier slice that this one makes anew stands there once. -#}
{% macro drop_days_built_again() -%}
    delete from {{ this }} as built
    where built.is_built and exists (
        select from {{ this }} as again
        where again.consumption_date = built.consumption_date and not again.is_built
    )
{%- endmacro %}
