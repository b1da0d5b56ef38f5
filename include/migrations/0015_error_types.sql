-- What kind of error a run failed with, so that nobody needs to read it out of the message.

alter table ops.pipeline_runs add column error_type text;
comment on column ops.pipeline_runs.failed_task is 'The task that failed last; a mapped one with its index, as in load[3].';
comment on column ops.pipeline_runs.error_type is 'The class of the error it failed with; null where no task of it told one.';
comment on column ops.pipeline_runs.error_message is 'Why it failed, in one line.';
