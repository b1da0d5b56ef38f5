-- Rows that lose to another of their key count as repeated, too.

comment on column ops.loads.repeated is 'Rows whose key came more than once, all but one of each: the same each time, or less than the one that wins.';
