-- What checks measured over time is asked for by the days it was measured on.

create index on ops.quality_results (judged_at);
