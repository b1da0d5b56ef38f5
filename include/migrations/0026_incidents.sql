-- What went wrong with what a publisher said, is published all the same, and is told once.

alter table ops.alerts drop constraint alerts_kind_check;
alter table ops.alerts add constraint alerts_kind_check check (
    kind in ('run_failed', 'run_lost', 'run_late', 'source_stale', 'drift_found', 'incident_found')
);

alter table ops.loads add column repeated_at jsonb;
comment on column ops.loads.repeated_at is 'Instants of the rows whose key came more than once, a list of at most 200; null where none did.';
grant update (repeated_at) on ops.loads to gridloom_loader;
