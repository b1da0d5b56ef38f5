{#-
    The rows of `parts` with `share_pct`, the percentage of each `part` in its `whole`, to two decimals. Within each
    `within` they add up to exactly 100.00, by the largest remainder: each share is cut down to its hundredth, and the
    hundredths left over go to the largest remainders, ties in the order of the fuels. Exact, in numeric.
    Null where the whole is not positive, and where a share of it would not fit (a part of ten times the whole).
-#}
{% macro with_share_pct(parts, within, part, whole) %}
    select
        *,
        case
            when max(abs(hundredths)) over (partition by {{ within }}) < 99999
                then (
                    hundredths
                    + (remainder_rank <= 10000 - sum(hundredths) over (partition by {{ within }}))::integer
                ) / 100
        end::numeric(5, 2) as share_pct
    from (
        select
            *,
            row_number() over (
                partition by {{ within }}
                order by
                    10000 * {{ part }}::numeric - hundredths * {{ whole }}::numeric desc,
                    array_position(array[{{ for_each(generation_parts(), "'?'") }}], fuel_code)
            ) as remainder_rank
        from (
            select
                *,
                floor(
                    10000 * {{ part }}::numeric / nullif(greatest({{ whole }}, 0), 0)::numeric
                ) as hundredths
            from {{ parts }}
        ) as cut_down
    ) as ranked
{% endmacro %}
