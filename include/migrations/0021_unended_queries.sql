-- Some functions of PostgreSQL look at nothing until they are done, so that no session can be told to stop: a query of
-- the SQL box can outlive its limits. Who watches must see it, and none of those who watch may read pg_stat_activity.

create function ops.sessions_of_the_box()
returns table (backend_pid integer, begun_at timestamptz, ran_for interval)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
begin atomic
    select
        activity.pid,
        activity.backend_start,
        clock_timestamp() - activity.backend_start
    from pg_catalog.pg_stat_activity as activity
    where
        activity.usename = 'gridloom_explorer'
        and activity.datname = current_database();
end;
revoke execute on function ops.sessions_of_the_box from public;
grant execute on function ops.sessions_of_the_box
to gridloom_loader, gridloom_transformer, gridloom_analyst, gridloom_screens, gridloom_explorer;
comment on function ops.sessions_of_the_box is 'The sessions of the SQL box, one row per session. Each is there for one query.';

create view ops.unended_queries as
select
    backend_pid,
    begun_at,
    ran_for
from ops.sessions_of_the_box()
where ran_for > interval '30 seconds';
comment on view ops.unended_queries is 'Queries of the SQL box that were ended and go on, because PostgreSQL looks up from what they do only when it is done, one row per session. They hold back nobody; a restart of PostgreSQL ends them.';
comment on column ops.unended_queries.backend_pid is 'Process of PostgreSQL that is at work on it.';
comment on column ops.unended_queries.begun_at is 'When it began.';
comment on column ops.unended_queries.ran_for is 'How long it has been at work.';
