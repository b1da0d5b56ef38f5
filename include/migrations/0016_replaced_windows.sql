-- What is big and never revised by the row is kept by windows: the last answer for a window replaces what was held of it.
-- See the design, section 3.

alter table ops.loads add column version_id integer;
comment on column ops.loads.version_id is 'Of a dataset kept by windows: number of the answer whose rows count for this window. Each answer has a greater one than all before.';
create unique index on ops.loads (dataset, version_id) where version_id is not null;

create table ops.superseded_windows (
    dataset text not null references ops.datasets,
    version_id integer not null,
    covers tstzrange not null,
    primary key (dataset, version_id)
);
comment on table ops.superseded_windows is 'Answers whose rows do not count any more, and have yet to be dropped. One row per dataset and answer.';
grant insert on ops.superseded_windows to gridloom_loader;

-- Logins may neither create tables in raw nor delete there. These two functions do it for them, in the tables of
-- declared datasets that are kept by windows, and nowhere else.

create function ops.window_table(dataset_name text) returns regclass
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    window_table regclass;
begin
    select held.oid::regclass
    into window_table
    from ops.datasets as dataset
    inner join pg_class as held on held.relname = dataset.dataset and held.relkind = 'p'
    where dataset.dataset = dataset_name and held.relnamespace = 'raw'::regnamespace;
    if window_table is null then
        raise exception '% is no dataset that is kept by windows', dataset_name using errcode = 'invalid_parameter_value';
    end if;
    return window_table;
end
$$;
revoke execute on function ops.window_table from public;

create function ops.ensure_partition(dataset_name text, month date) returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    window_table regclass := ops.window_table(dataset_name);
    partition_name text := format('%s_%s', dataset_name, to_char(month, 'YYYY_MM'));
begin
    if month <> date_trunc('month', month) then
        raise exception '% is not the first day of a month', month using errcode = 'invalid_parameter_value';
    end if;
    -- Two loads at once would both find it missing.
    perform from ops.datasets where dataset = dataset_name for update;
    if exists (
        select from pg_inherits as child
        inner join pg_class as part on child.inhrelid = part.oid
        where child.inhparent = window_table and part.relname = partition_name
    ) then
        return;
    end if;
    -- Attached and not created as a part, which would wait for all who read or load the table.
    execute format('create table raw.%I (like %s including all excluding indexes)', partition_name, window_table);
    execute format(
        'alter table %s attach partition raw.%I for values from (%L) to (%L)',
        window_table,
        partition_name,
        to_char(month, 'YYYY-MM-DD') || ' 00:00:00+00',
        to_char(month + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00'
    );
end
$$;
comment on function ops.ensure_partition is 'Makes a month of a dataset that is kept by windows, if it is not there.';
revoke execute on function ops.ensure_partition from public;
grant execute on function ops.ensure_partition to gridloom_loader;

create function ops.drop_superseded(dataset_name text) returns bigint
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
comment on function ops.drop_superseded is 'Deletes the rows of a dataset kept by windows that do not count any more, and returns how many.';
revoke execute on function ops.drop_superseded from public;
grant execute on function ops.drop_superseded to gridloom_transformer;
