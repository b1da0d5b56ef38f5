-- What went wrong with what a publisher said, is published all the same, and is told once.

alter table ops.alerts drop constraint alerts_kind_check;
alter table ops.alerts add constraint alerts_kind_check check (
    kind in ('run_failed', 'run_lost', 'run_late', 'source_stale', 'drift_found', 'incident_found')
);
