{#-
    The latest of each row that the current build of a release may read, without those that are withdrawn. `key` names a
    row.
-#}
{% macro built_rows(raw, dataset, release, key) %}
    select *
    from (
        select distinct on ({{ key | join(', ') }}) *
        from ({{ built_versions(raw, dataset, release) }}) as built
        order by {{ key | join(', ') }}, version_id desc
    ) as latest
    where content_hash is not null
{% endmacro %}


{#- The rows of the windows that count for the current build of a release: of each window those of one answer. -#}
{% macro built_windows(raw, dataset, release) %}
    select
        row.*,
        answer.known_at
    from {{ raw }} as row
    inner join {{ source('ops', 'readable_windows') }} as answer
        on
            answer.release = '{{ release }}'
            and answer.dataset = '{{ dataset }}'
            and row.version_id = answer.version_id
    where answer.is_built
{% endmacro %}
