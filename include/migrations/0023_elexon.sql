-- Many datasets of one publisher: what a run has set out to load, what raw shows of windows once they are published,
-- and the catalogue of Elexon's datasets as it was found each day.

alter table ops.pipeline_runs add column plan jsonb;
comment on column ops.pipeline_runs.plan is 'Of a run that loads many datasets: dataset, scope and edition of each load it set out for; null where it makes no plan.';
grant update (plan) on ops.pipeline_runs to gridloom_loader;

alter table ops.loads add column source_count bigint;
comment on column ops.loads.source_count is 'How many rows the publisher says that it has of the scope; null where it does not count them.';
alter table ops.loads add column rows_held bigint;
comment on column ops.loads.rows_held is 'Of a dataset kept by windows: how many rows count for this window.';
grant update (source_count, rows_held) on ops.loads to gridloom_loader;

alter table ops.superseded_windows add column known_at timestamptz;
comment on column ops.superseded_windows.known_at is 'When we learned it.';

create view ops.readable_windows as
with answers as (
    select
        dataset,
        version_id,
        known_at,
        null::integer as replaced_by
    from ops.loads
    where version_id is not null
    union all
    select
        dataset,
        version_id,
        known_at,
        replaced_by
    from ops.superseded_windows
)

select
    watermark.release,
    answer.dataset,
    answer.version_id,
    answer.known_at,
    answer.version_id <= watermark.published_version_id
    and coalesce(answer.replaced_by > watermark.published_version_id, true) as is_published,
    answer.version_id <= watermark.built_version_id
    and coalesce(answer.replaced_by > watermark.built_version_id, true) as is_built
from ops.watermarks as watermark
inner join answers as answer on watermark.dataset = answer.dataset;
comment on view ops.readable_windows is 'Answers that raw has rows of, for each release that reads them, one row per release, dataset and answer.';
comment on column ops.readable_windows.is_published is 'Whether its rows are what readers see: of each window the last answer that the release has published.';
comment on column ops.readable_windows.is_built is 'Whether its rows are what models see: of each window the last answer that the current build may read.';

create table ops.elexon_discoveries (
    discovered_at timestamptz not null,
    run_id bigint not null references ops.pipeline_runs,
    code text not null,
    title text,
    plain_route text,
    stream_route text,
    parameters text[] not null default '{}',
    parameter_family text,
    largest_window text,
    natural_key text[] not null default '{}',
    is_key_known boolean,
    fields jsonb not null default '{}',
    is_listed boolean not null,
    last_updated_at timestamptz,
    probed_at timestamptz,
    probe_status integer,
    probe_rows bigint,
    probe_reason text,
    is_usable boolean not null,
    reason text not null,
    drift text,
    raw_table text,
    published_table text,
    rows_held bigint,
    primary key (code, discovered_at)
);
create index on ops.elexon_discoveries (discovered_at desc);
comment on table ops.elexon_discoveries is 'What was found of each dataset of Elexon''s, append-only, one row per dataset and discovery.';
comment on column ops.elexon_discoveries.discovered_at is 'One instant per discovery.';
comment on column ops.elexon_discoveries.code is 'Elexon''s name of the dataset.';
comment on column ops.elexon_discoveries.plain_route is 'Route that answers with an envelope; null where there is none.';
comment on column ops.elexon_discoveries.stream_route is 'Route that streams an array; null where there is none.';
comment on column ops.elexon_discoveries.parameters is 'What the stream takes, else the plain route; required ones end with *.';
comment on column ops.elexon_discoveries.parameter_family is 'By what it is asked for.';
comment on column ops.elexon_discoveries.largest_window is 'What the plain route takes at most, as Elexon says; null where it does not say.';
comment on column ops.elexon_discoveries.natural_key is 'Published names of the fields that name a row.';
comment on column ops.elexon_discoveries.is_key_known is 'Whether the key is known, rather than a guess that is proven on every answer.';
comment on column ops.elexon_discoveries.fields is 'Kind of each field by its published name; ? for what may be null.';
comment on column ops.elexon_discoveries.is_listed is 'Whether Elexon''s list of datasets has it.';
comment on column ops.elexon_discoveries.last_updated_at is 'When Elexon last changed it, as its list says; null where it does not.';
comment on column ops.elexon_discoveries.probe_status is 'HTTP status of a small question in its own parameters; null where none came or none could be asked.';
comment on column ops.elexon_discoveries.probe_rows is 'Rows of the answer.';
comment on column ops.elexon_discoveries.probe_reason is 'What the answer was, in words.';
comment on column ops.elexon_discoveries.is_usable is 'Whether it can be loaded today.';
comment on column ops.elexon_discoveries.reason is 'Why, or why not.';
comment on column ops.elexon_discoveries.drift is 'In what it differs from the committed catalogue; null where it does not.';
comment on column ops.elexon_discoveries.raw_table is 'Where its rows are kept; null where the committed catalogue does not have it.';
comment on column ops.elexon_discoveries.published_table is 'The view of schema analytics in which readers find it.';
comment on column ops.elexon_discoveries.rows_held is 'Rows that raw holds of it, withdrawn ones and earlier versions apart.';

create view ops.elexon_datasets as
select distinct on (code) *
from ops.elexon_discoveries
order by code, discovered_at desc;
comment on view ops.elexon_datasets is 'What was last found of each dataset of Elexon''s, one row per dataset. ops.elexon_discoveries has the history.';

grant insert on ops.elexon_discoveries to gridloom_loader;
