-- What was replaced stays until all who read it have published what took its place: a build that has begun still reads
-- it, and by it a release knows which keys are gone.

alter table ops.superseded_windows add column replaced_by integer;
-- Of what was replaced so far it is not known by which answer; it was none after the newest.
update ops.superseded_windows as answer
set replaced_by = (select max(load.version_id) from ops.loads as load where load.dataset = answer.dataset);
alter table ops.superseded_windows alter column replaced_by set not null;
comment on column ops.superseded_windows.replaced_by is 'Number of the answer that took its place.';

create or replace function ops.drop_superseded(dataset_name text) returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    window_table regclass := ops.window_table(dataset_name);
    window_column name;
    superseded record;
    dropped bigint;
    dropped_in_all bigint := 0;
begin
    select attribute.attname
    into window_column
    from pg_partitioned_table as partitioned
    inner join pg_attribute as attribute
        on partitioned.partrelid = attribute.attrelid and partitioned.partattrs[0] = attribute.attnum
    where partitioned.partrelid = window_table;
    for superseded in
        delete from ops.superseded_windows as answer
        where
            answer.dataset = dataset_name
            and not exists (
                select from ops.loads as load
                where load.dataset = answer.dataset and load.version_id = answer.version_id
            )
            and not exists (
                select from ops.watermarks as watermark
                where watermark.dataset = answer.dataset and watermark.published_version_id < answer.replaced_by
            )
        returning answer.version_id, answer.covers
    loop
        -- A day more on each side: a settlement date's span begins on another day in UTC.
        execute format('delete from %s where version_id = $1 and %I between %L and %L', window_table, window_column,
            lower(superseded.covers) - interval '1 day', upper(superseded.covers) + interval '1 day')
        using superseded.version_id;
        get diagnostics dropped = row_count;
        dropped_in_all := dropped_in_all + dropped;
    end loop;
    return dropped_in_all;
end
$$;
comment on function ops.drop_superseded is 'Deletes the rows of a dataset kept by windows that do not count any more, once every release that reads it has published what took their place; returns how many.';
