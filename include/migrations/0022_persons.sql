-- What data about persons needs: pseudonyms for who they are, files known by what they hold, and deletions on record.

create table raw.pseudonyms (
    number integer generated always as identity primary key,
    subject text not null,
    identifier text not null,
    pseudonym text not null,
    unique (subject, identifier),
    unique (subject, pseudonym)
);
comment on table raw.pseudonyms is 'Who is who: the only place where ids of persons stand beside what is kept of them, one row per subject and identifier.';
comment on column raw.pseudonyms.number is 'What stands for the person in raw.';
comment on column raw.pseudonyms.subject is 'What the identifier is of: smart_meter.meterpoint, say.';
comment on column raw.pseudonyms.identifier is 'As its publisher has it.';
comment on column raw.pseudonyms.pseudonym is 'What stands for the person everywhere else: HMAC-SHA-256 of the identifier, its first 128 bits in hexadecimal.';

alter table ops.rejected_personal_rows set schema raw;

alter table ops.datasets
    add column person_column text,
    add column instant_column text,
    add column told_in jsonb not null default '[]';
comment on column ops.datasets.person_column is 'Column of its raw table that says of whom a row tells, as a number of raw.pseudonyms.';
comment on column ops.datasets.instant_column is 'Column of its raw table by which it is asked for.';

comment on column ops.datasets.told_in is 'Tables of analytics with rows of single persons and days, by name, with the columns of pseudonym and day. They are deleted with the person''s rows.';

alter table ops.loads
    add column arrived_at timestamptz,
    drop constraint loads_outcome_check,
    add constraint loads_outcome_check
        check (outcome in ('loading', 'held', 'unchanged', 'failed', 'refused', 'superseded'));
comment on column ops.loads.arrived_at is 'When it came to where it was read, where the scope is a file.';
comment on column ops.loads.edition is 'What the publisher said of its last change, as text, where it says so; of a file, its size and its last change.';
comment on column ops.loads.outcome is 'loading: begun; held: its rows are in raw; unchanged: it was known, so nothing was fetched or written; failed: nothing was written, and it is asked for again; refused: nothing of this file can be read, and it is not read again until it changes; superseded: a later load replaced its window.';
-- What is known of a file, by its name.
create index on ops.loads (dataset, scope, load_id desc) where arrived_at is not null;
grant update (digest, covers, arrived_at) on ops.loads to gridloom_loader;

create table ops.deletions (
    deletion_id bigint generated always as identity primary key,
    dataset text not null references ops.datasets,
    person integer references raw.pseudonyms,
    before timestamptz,
    rows_deleted bigint not null,
    deleted_at timestamptz not null default clock_timestamp(),
    deleted_by text not null default session_user
);
comment on table ops.deletions is 'What was deleted for good, of whom and until when, without the data, one row per deletion.';
comment on column ops.deletions.rows_deleted is 'Versions that raw had.';
comment on column ops.deletions.person is 'Whose rows were deleted, by the number in raw.pseudonyms; null for everybody''s.';
comment on column ops.deletions.before is 'The instant up to which; null for all there were.';

create function ops.forget(dataset_name text, person integer, before timestamptz) returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    declared record;
    told record;
    deleted bigint;
begin
    -- No load of the dataset goes on meanwhile, and no build of what it is told in.
    lock table ops.build_slot in exclusive mode;
    select dataset, person_column, instant_column, time_zone, told_in
    into declared
    from ops.datasets
    where dataset = dataset_name and is_personal and person_column is not null and instant_column is not null
    for update;
    if declared is null then
        raise exception '% does not tell of persons by the instant', dataset_name using errcode = 'invalid_parameter_value';
    end if;
    if forget.person is null and forget.before is null then
        raise exception 'say of whom, or until when' using errcode = 'invalid_parameter_value';
    end if;
    execute format(
        'delete from raw.%I where ($1 is null or %I = $1) and ($2 is null or %I < $2)',
        declared.dataset, declared.person_column, declared.instant_column
    )
    using forget.person, forget.before;
    get diagnostics deleted = row_count;
    -- Of refused rows it is not known whose they are, but since when they are there.
    delete from raw.rejected_personal_rows as refused
    where refused.dataset = declared.dataset and refused.first_rejected_at < forget.before;
    for told in
        select schema_name, entry ->> 'table' as table_name, entry ->> 'pseudonym' as pseudonym, entry ->> 'day' as day
        from jsonb_array_elements(declared.told_in) as entry
        cross join unnest(array['analytics', 'marts']) as schema_name
        where to_regclass(format('%I.%I', schema_name, entry ->> 'table')) is not null
    loop
        execute format(
            'delete from %I.%I where ($1 is null or %I = $1) and ($2 is null or %I < $2)',
            told.schema_name, told.table_name, told.pseudonym, told.day
        )
        using
            (select pseudonyms.pseudonym from raw.pseudonyms where pseudonyms.number = forget.person),
            (forget.before at time zone declared.time_zone)::date;
    end loop;
    insert into ops.deletions (dataset, person, before, rows_deleted)
    values (dataset_name, forget.person, forget.before, deleted);
    return deleted;
end
$$;
comment on function ops.forget is 'Deletes what a dataset tells of a person, or of everybody before an instant: every version in raw, and the published rows of single persons. Puts the deletion on record; returns how many versions raw had.';
revoke execute on function ops.forget from public;
grant execute on function ops.forget to gridloom_loader;

create table ops.release_settings (
    release text not null,
    name text not null,
    value text not null,
    primary key (release, name)
);
comment on table ops.release_settings is 'Settings that the models of a release read, as it was last built, one row per release and setting.';
comment on column ops.release_settings.name is 'As in GRIDLOOM_…, in lower case.';
grant insert, update (value) on ops.release_settings to gridloom_transformer;

create table ops.folder_turns (
    dataset text primary key references ops.datasets
);
comment on table ops.folder_turns is 'Who loads the files of a dataset holds its row, and the next one waits, one row per dataset.';
grant insert, update on ops.folder_turns to gridloom_loader;
