{#-
    What a release sees of a dataset in raw: versions up to the bound of its current build, so that all models of a build
    see one state, and a load that commits meanwhile belongs to the next. A release that reads one dataset bears its name;
    any other is named.
-#}
{% macro built_until(dataset, release=none) -%}
    (
        select watermark.built_version_id from {{ source('ops', 'watermarks') }} as watermark
        where watermark.release = '{{ release or dataset }}' and watermark.dataset = '{{ dataset }}'
    )
{%- endmacro %}


{#- The last version that is built and published; what comes after it is pending. -#}
{% macro pending_after(dataset, release=none) -%}
    (
        select watermark.pending_after_version_id from {{ source('ops', 'watermarks') }} as watermark
        where watermark.release = '{{ release or dataset }}' and watermark.dataset = '{{ dataset }}'
    )
{%- endmacro %}


{#- The versions of a dataset that the current build may read, as they stand in raw. -#}
{% macro built_versions(raw, dataset, release=none) %}
    select * from {{ raw }}
    where version_id <= {{ built_until(dataset, release) }}
{% endmacro %}


{#- The columns `key` of the versions that are pending, one row per key. -#}
{% macro pending_keys(raw, dataset, key=['period_started_at'], release=none) %}
    select distinct {{ key | join(', ') }}
    from {{ raw }}
    where
        version_id > {{ pending_after(dataset, release) }}
        and version_id <= {{ built_until(dataset, release) }}
{% endmacro %}


{#-
    The latest version of each key, without the keys that are withdrawn, and how many versions it has. `versions` has
    version_number and is_withdrawn.
-#}
{% macro latest_versions(versions, key=['period_started_at']) %}
    select * from (
        select distinct on ({{ key | join(', ') }})
            *,
            version_number as version_count
        from {{ versions }}
        order by {{ key | join(', ') }}, version_number desc
    ) as latest
    where not is_withdrawn
{% endmacro %}


{#-
    Keeps a build of a table that only grows to the versions that are pending, and a first one to those of the build. Its
    rows are those of raw: to number the versions of a key would read all of them.
-#}
{% macro where_appended(dataset, release=none) -%}
    where
        version_id <= {{ built_until(dataset, release) }}
    {%- if is_incremental() %}
        and version_id > {{ pending_after(dataset, release) }}
    {%- endif -%}
{%- endmacro %}


{#- A setting that a release declares to read, as text: `GRIDLOOM_…` in lower case. -#}
{% macro release_setting(name, release) -%}
    (
        select setting.value from {{ source('ops', 'release_settings') }} as setting
        where setting.release = '{{ release }}' and setting.name = '{{ name }}'
    )
{%- endmacro %}
