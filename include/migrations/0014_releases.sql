-- What releases need: builds in slices, releases that follow others, views that are built when they changed, checks by
-- name, and one table of coverage for all datasets.

alter table ops.watermarks
    add column bound_version_id bigint not null default 0,
    add column follows jsonb not null default '[]';
comment on column ops.watermarks.built_version_id is 'Last raw version_id that the current build reads, slice by slice; models never look past it.';
comment on column ops.watermarks.bound_version_id is 'Last raw version_id that the current build is to read, once its last slice is built.';
comment on column ops.watermarks.follows is 'Names of the releases whose published versions this one may read; none: every version that is loaded.';
update ops.watermarks set bound_version_id = built_version_id;

create table ops.built_views (
    release text primary key,
    checksum text not null,
    built_at timestamptz not null
);
comment on table ops.built_views is 'The state of the dbt project with which the views of a release were last built, one row per release.';
grant insert, update on ops.built_views to gridloom_transformer;

-- A check is known by its name.

alter table ops.quality_results add column name text;

update ops.quality_results as result
set name = named.name
from (
    values
    ('a key starts a half-hour', 'key_starts_a_half_hour'),
    ('a version has both a payload and a hash, or neither', 'payload_and_hash_agree'),
    ('a version differs from the one before it', 'versions_differ'),
    ('a version is known later than the one before it', 'versions_are_in_order'),
    ('no half-hour is missing before the newest', 'no_period_is_missing'),
    ('no half-hour is missing because its row was refused', 'no_period_was_refused'),
    ('the run added as many versions as it counted new, revised and withdrawn', 'versions_are_counted'),
    ('at most 1 % of the rows fetched were refused', 'few_rows_were_refused'),
    ('generation is 10,000 to 70,000 MW', 'generation_is_plausible'),
    ('carbon intensity is 0 to 700 g/kWh', 'carbon_intensity_is_plausible'),
    ('solar from 22:30 to 02:30 UTC is at most 50 MW', 'solar_rests_at_night'),
    ('the total is the sum of the fuels within 3 MW', 'fuels_make_the_total'),
    ('generation is the same in half_hourly_generation_mix, summed over the fuels', 'mix_agrees'),
    ('generation is the same in half_hourly_carbon_balance', 'balance_agrees'),
    ('generation is the same in the latest of half_hourly_generation_versions', 'version_agrees'),
    ('the share of a fuel is 0 to 100 %', 'fuel_share_is_plausible'),
    ('the unattributed share is -5 to 50 %', 'unattributed_share_is_plausible'),
    ('the published share of a fuel is 100 x MW / total within 0.5 points', 'shares_agree_with_published'),
    ('no half-hour of a day is missing that is neither refused nor yet to come', 'no_half_hour_of_a_day_is_missing'),
    ('a whole day has 46, 48 or 50 half-hours', 'whole_day_is_a_day')
) as named (description, name)
where result.details ->> 'description' = named.description;

update ops.quality_results
set name = case
    when suite = 'freshness' and subject = 'marts.half_hourly_generation' then 'neso_generation_mix_is_recent'
    when column_name like '%\_steady\_half\_hours' then replace(column_name, '_steady_half_hours', '_moves')
    else coalesce(details ->> 'description', concat_ws(' of ', expectation, column_name))
end
where name is null;

update ops.quality_results
set suite = case suite
    when 'ops.pipeline_runs' then 'ops.loads.neso_generation_mix'
    else 'raw.neso_generation_mix.periods'
end
where suite in ('ops.pipeline_runs', 'raw.neso_generation_mix.half_hours');

alter table ops.quality_results alter column name set not null;
comment on column ops.quality_results.suite is 'What is judged together, and whole.';
comment on column ops.quality_results.name is 'Which check of its suite it is; the same as long as it asks the same, whatever its limits.';
create index on ops.quality_results (stage, suite, name, judged_at desc);

create view ops.newest_checks as
with recursive checks as (
    -- From one check to the next by the index: the history may be long, the checks are few.
    (select stage, suite, name from ops.quality_results order by stage, suite, name limit 1)
    union all
    select following.*
    from checks
    cross join lateral (
        select result.stage, result.suite, result.name
        from ops.quality_results as result
        where (result.stage, result.suite, result.name) > (checks.stage, checks.suite, checks.name)
        order by result.stage, result.suite, result.name
        limit 1
    ) as following
),

newest as (
    select
        run.dag_id,
        result.*,
        first_value(result.run_id) over (
            partition by run.dag_id, result.stage, result.suite
            order by result.judged_at desc
        ) as newest_run_id
    from checks
    cross join lateral (
        select *
        from ops.quality_results as each
        where each.stage = checks.stage and each.suite = checks.suite and each.name = checks.name
        order by each.judged_at desc
        limit 1
    ) as result
    inner join ops.pipeline_runs as run on result.run_id = run.run_id
)

select
    dag_id,
    stage,
    suite,
    name,
    subject,
    expectation,
    column_name,
    severity,
    success,
    observed_value,
    details,
    details ->> 'finding' as finding,
    judged_at,
    run_id,
    build_id
from newest
-- A suite is judged whole, so a check that was not among its newest results is made no more.
where run_id = newest_run_id;
comment on view ops.newest_checks is 'What each check that is still made found last, whichever run made it, one row per stage, suite and name.';
grant select on ops.newest_checks to gridloom_loader, gridloom_transformer, gridloom_analyst;

-- One table of coverage for all datasets; what was there was of one.

drop table if exists marts.daily_coverage;

do $$
begin
    if to_regclass('analytics.daily_coverage') is not null then
        alter table analytics.daily_coverage
            add column dataset text not null default 'neso_generation_mix',
            add column not_asked_half_hours integer not null default 0,
            add column known_gap_half_hours integer not null default 0,
            drop constraint daily_coverage_pkey,
            add primary key (dataset, settlement_date);
        alter table analytics.daily_coverage
            alter column dataset drop default,
            alter column not_asked_half_hours drop default,
            alter column known_gap_half_hours drop default;
    end if;
end
$$;
