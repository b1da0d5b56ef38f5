{#- How far ahead of its origin a half-hour lies, in words. -#}
{% macro lead_bucket(lead_hours) -%}
    case when {{ lead_hours }} < 6 then '0-6 h' when {{ lead_hours }} < 24 then '6-24 h' else '24-48 h' end
{%- endmacro %}


{#- What a quantile that turned out so much too high (negative: too low) loses: Koenker and Bassett's check function. -#}
{% macro pinball(actual, quantile, level) -%}
    greatest({{ level }} * ({{ actual }} - {{ quantile }}), ({{ level }} - 1) * ({{ actual }} - {{ quantile }}))
{%- endmacro %}


{#- The last days on which forecasts are judged, up to the newest day of each target that has been measured. -#}
{% macro judged_days() -%}
    28
{%- endmacro %}


{#- The days of `scores` that are judged, by target. -#}
{% macro judged_scores(scores) %}
    select scored.*
    from {{ scores }} as scored
    inner join (
        select
            target,
            max(settlement_date) as newest_date
        from {{ scores }}
        group by target
    ) as newest on scored.target = newest.target
    where scored.settlement_date > newest.newest_date - {{ judged_days() }}
{% endmacro %}
