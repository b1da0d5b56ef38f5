{#-
    The rows of `parts` with `share_pct`, the percentage of each `part` in its `whole`, to two decimals. Within each
    `within` they add up to exactly 100.00, by the largest remainder: each share is cut down to its hundredth, and the
    hundredths left over go to the largest remainders, ties in the order of `position`.
    Null where the whole is not positive, and where a share of it would not fit (a part of ten times the whole).
    Exact, in whole numbers of a ten-thousandth of the unit, which is finer than anything that is published: numeric
    would be exact too, and takes four times as long.
-#}
{% macro with_share_pct(parts, within, part, whole, position) %}
    select
        *,
        case
            when max(abs(hundredths)) over (partition by {{ within }}) < 99999
                then (
                    hundredths
                    + (remainder_rank <= 10000 - sum(hundredths) over (partition by {{ within }}))::integer
                ) / 100.0
        end::numeric(5, 2) as share_pct
    from (
        select
            *,
            (scaled_part - remainder) / scaled_whole as hundredths,
            row_number() over (
                partition by {{ within }}
                order by remainder desc, {{ position }}
            ) as remainder_rank
        from (
            select
                *,
                -- What is left over is positive, of a negative part too.
                mod(mod(scaled_part, scaled_whole) + scaled_whole, scaled_whole) as remainder
            from (
                select
                    *,
                    10000 * round(10000 * {{ part }})::bigint as scaled_part,
                    nullif(greatest(round(10000 * {{ whole }})::bigint, 0), 0) as scaled_whole
                from {{ parts }}
            ) as scaled
        ) as cut_down
    ) as ranked
{% endmacro %}
