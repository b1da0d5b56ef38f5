-- History cannot be rewritten by those who make it. The logins of the pipeline add rows, and update only the columns
-- that their work moves on; what has ended is kept as it ended by functions of the owner.

revoke update on all tables in schema ops from gridloom_loader, gridloom_transformer;
revoke insert on ops.datasets from gridloom_loader;
revoke insert on ops.pipeline_runs from gridloom_transformer;

grant update (last_known_at) on ops.datasets to gridloom_loader;
grant update (
    started_at, last_seen_at, finished_at, status, fetched, new, revised, withdrawn, unchanged, rejected, repeated,
    outside, failed_task, error_type, error_message, stack_trace
) on ops.pipeline_runs to gridloom_loader;
grant update (
    edition, outcome, cause, version_id, known_at, started_at, finished_at,
    fetched, new, revised, withdrawn, unchanged, rejected, repeated, outside
) on ops.loads to gridloom_loader;
grant update (backend_started_at) on ops.run_sessions to gridloom_loader;
grant update (run_id, last_rejected_at, times_rejected) on ops.rejected_rows to gridloom_loader;
grant update (tokens, refilled_at) on ops.request_pace to gridloom_loader;
grant update (summary, airflow_run_id, last_raised_at, times_raised, told_at, resolved_at) on ops.alerts to gridloom_loader;
grant update (attempts, next_attempt_at, sent_at, last_error) on ops.alert_messages to gridloom_loader;

grant update (published) on ops.pipeline_runs to gridloom_transformer;
grant update (status, duration_s, rows_affected, message, finished_at) on ops.dbt_results to gridloom_transformer;
grant update (published_version_id, pending_after_version_id, built_version_id, bound_version_id, build_id)
    on ops.watermarks to gridloom_transformer;
grant update (checksum, built_at) on ops.built_views to gridloom_transformer;
-- Who locks a whole table must be allowed to update it.
grant update on ops.build_slot, ops.published_models to gridloom_transformer;

create function ops.keep_run() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    moves text[] := '{last_seen_at, duration_s}';
begin
    if new.finished_at is distinct from old.finished_at then
        -- Opened anew, or closed: the row carries the instant of it.
        new.finished_at := case when new.finished_at is not null then clock_timestamp() end;
        return new;
    end if;
    -- A run that is taken for lost may go on.
    if old.finished_at is null or old.status = 'lost' then
        return new;
    end if;
    -- A task that is ended with its run tells why a little later.
    if old.status = 'failed' and old.finished_at > clock_timestamp() - interval '15 minutes' then
        moves := moves || '{failed_task, error_type, error_message, stack_trace}';
    end if;
    if to_jsonb(new) - moves <> to_jsonb(old) - moves then
        raise exception 'run % has ended; what it did is history', old.run_id using errcode = 'insufficient_privilege';
    end if;
    return new;
end
$$;
comment on function ops.keep_run is 'Keeps runs that have ended as they ended, but for one that is opened or closed anew.';

create function ops.keep_load() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    moves text[] := '{}';
begin
    if old.outcome = 'loading' then
        new.finished_at := case when new.outcome <> 'loading' then clock_timestamp() end;
        return new;
    end if;
    if new.outcome = 'loading' then
        -- Asked for again by its run.
        moves := '{outcome, started_at, finished_at}';
    elsif new.outcome = 'superseded' and new.version_id is null then
        moves := '{outcome, version_id}';
    end if;
    if to_jsonb(new) - moves <> to_jsonb(old) - moves then
        raise exception 'load % has ended; what it did is history', old.load_id using errcode = 'insufficient_privilege';
    end if;
    return new;
end
$$;
comment on function ops.keep_load is 'Keeps loads that have ended as they ended, but for one that is asked for again or replaced.';

create function ops.keep_dbt_result() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    -- Slices of a build add to each other's results, within their run.
    if exists (
        select from ops.pipeline_runs
        where run_id = old.run_id and finished_at is not null and status <> 'lost'
    ) then
        raise exception 'run % has ended; what it built is history', old.run_id using errcode = 'insufficient_privilege';
    end if;
    return new;
end
$$;
comment on function ops.keep_dbt_result is 'Keeps the results of builds whose run has ended.';

-- The owner may mend what is wrong; those who work may not.
create trigger keep_run before update on ops.pipeline_runs for each row
when (current_user in ('gridloom_loader', 'gridloom_transformer')) execute function ops.keep_run();
create trigger keep_load before update on ops.loads for each row
when (current_user in ('gridloom_loader', 'gridloom_transformer')) execute function ops.keep_load();
create trigger keep_dbt_result before update on ops.dbt_results for each row
when (current_user in ('gridloom_loader', 'gridloom_transformer')) execute function ops.keep_dbt_result();
