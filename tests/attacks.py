"""What somebody may type into the SQL box who is up to no good."""

WRITES = (
    "insert into analytics.notes values ('x')",
    "insert into analytics.notes values ('x') returning *",
    "update analytics.notes set note = 'x'",
    "delete from analytics.notes",
    "truncate analytics.notes",
    "merge into analytics.notes using (select 1) as s on true when matched then delete",
    "with gone as (delete from analytics.notes returning *) select * from gone",
    "with new as (insert into analytics.notes values ('x') returning *) select * from new",
    "with moved as (update analytics.notes set note = 'x' returning note) select * from moved",
    "drop table analytics.notes",
    "create table analytics.mine (x integer)",
    "create temporary table mine (x integer)",
    "create table mine as select 1",
    "select 1 into mine",
    "create view analytics.mine as select 1",
    "create function pg_temp.f() returns int language sql as 'select 1'",
    "create schema mine",
    "create extension vector",
    "create role mine",
    "alter role gridloom_explorer superuser",
    "alter role gridloom_explorer reset all",
    "alter role gridloom_explorer password 'known'",
    "alter table analytics.notes add column x integer",
    "grant all on analytics.notes to public",
    "comment on table analytics.notes is 'x'",
    "copy analytics.notes from program 'echo x'",
    "refresh materialized view analytics.notes",
    "select * from analytics.notes for update",
    "lock table analytics.notes in access exclusive mode",
    "select nextval('ops.build_id')",
    "select setval('ops.build_id', 1)",
    "vacuum analytics.notes",
    "analyze analytics.notes",
)
STACKED = (
    "select 1; delete from analytics.notes",
    "select 1; commit; begin; delete from analytics.notes",
    "select 1) select 2; drop table analytics.notes; --",
    "commit",
    "rollback; delete from analytics.notes",
    "begin read write",
    "set transaction read write",
    "set session characteristics as transaction read write",
    "set statement_timeout = 0",
    "set role gridloom_loader",
    "set session authorization gridloom_owner",
    "reset all",
    "discard all",
    "prepare mine as select 1",
    "execute mine",
    "declare mine cursor with hold for select 1",
    "listen mine",
    "notify mine",
    "load 'auto_explain'",
    "checkpoint",
    "explain analyze delete from analytics.notes",
    "do $$ begin perform pg_sleep(60); end $$",
    "call pg_sleep(60)",
    "show all",
    "",
    ";",
    "-- nothing",
    "/* unfinished",
    "select 'unfinished",
    "select $1",
    "select 1 as a) as q, lateral (select pg_sleep(60)",
    "show all; -- nothing",
    "select 1; ; -- twice",
    "select 1) select 2; -- and out",
)
READS = (
    "select * from raw.secrets",
    "select * from staging.stg_neso__generation_mix",
    "table raw.secrets",
    "select * from pg_catalog.pg_authid",
    "select rolpassword from pg_authid",
    "select passwd from pg_shadow",
    "select pg_read_file('/etc/passwd')",
    "select pg_read_binary_file('/etc/passwd')",
    "select pg_stat_file('/etc/passwd')",
    "select * from pg_ls_dir('/')",
    "select pg_ls_logdir()",
    "select * from pg_hba_file_rules",
    "select * from pg_file_settings",
    "select lo_import('/etc/passwd')",
    "select lo_export(1, '/tmp/out')",
    "select lo_creat(-1)",
    "select lo_from_bytea(0, 'x')",
    "select lo_put(1, 0, 'x')",
    "select lo_unlink(1)",
    "copy (select 1) to '/tmp/out'",
    "copy (select 1) to program 'id'",
    "copy (select 1) to stdout",
    "select query_to_xml('select * from raw.secrets', true, true, '')",
    "select query_to_xml('select pg_sleep(60)', true, true, '')",
    "select table_to_xml('raw.secrets', true, true, '')",
    "select database_to_xml(true, true, '')",
    "select * from ts_stat('select to_tsvector(content) from raw.secrets')",
    "select ts_rewrite('a'::tsquery, 'select pg_sleep(60)::text::tsquery, null::tsquery')",
)
REACHES_OUT = (
    "select set_config('statement_timeout', '0', false)",
    "select set_config('transaction_read_only', 'off', false)",
    "select set_config('role', 'gridloom_loader', false)",
    "select pg_sleep(60)",
    "select pg_sleep_for('1 minute')",
    "select pg_sleep_until(now() + interval '1 hour')",
    'select "pg_sleep"(60)',
    "select pg_catalog.pg_sleep(60)",
    "select 1 as \"'\" where pg_sleep(60) is not null and 'x' <> ''",
    'select * from (select pg_sleep(60) as "\'") as "it\'s"',
    "select case when true then pg_sleep(60)::text end",
    "select 1 order by pg_sleep(60)::text",
    "select * from generate_series(1, 3) as n, lateral pg_sleep(n * 60)",
    "values (pg_sleep(60))",
    "select 1 limit length(pg_sleep(60)::text)",
    "select 1 offset (select 0 from pg_sleep(60))",
    'select U&"pg\\005fsleep"(60)',
    "select u&\"!0070g_sleep\" uescape '!' (60)",
    "select PG_Sleep /* here */ (60)",
    "select (60).pg_sleep",
    "select sum(1) over (rows between (pg_sleep(60)::text || '1')::int preceding and current row)",
    "select pg_terminate_backend(pid) from pg_stat_activity",
    "select pg_cancel_backend(pid) from pg_stat_activity",
    "select pg_advisory_lock(1)",
    "select pg_advisory_xact_lock_shared(1)",
    "select pg_try_advisory_lock(n) from generate_series(1, 100000) as n",
    "select pg_notify('mine', 'x')",
    "select pg_reload_conf()",
    "select pg_rotate_logfile()",
    "select pg_switch_wal()",
    "select pg_logical_emit_message(false, 'x', 'y')",
    "select pg_export_snapshot()",
    "select pg_stat_reset()",
    "select txid_current()",
    "select inet_server_addr(), pg_log_backend_memory_contexts(pg_backend_pid())",
    "select dblink('host=127.0.0.1', 'select 1')",
)
ENDLESS = (
    "select count(*) from generate_series(1, 1000000000000) as n",
    "with recursive n as (select 1 as i union all select i + 1 from n) select max(i) from n",
    "with recursive n as (select 1 as i union select i + 1 from n) select count(*) from n",
    "select max(a.n * b.n) from generate_series(1, 10000000) as a (n), generate_series(1, 10000000) as b (n)",
    "select count(*) from analytics.notes, generate_series(1, 100000000000) as n where n % 7 = 8",
    "select n from generate_series(1, 1000000000000) as n where n < 0",
    "select sum(length(md5(n::text))) from generate_series(1, 100000000000) as n",
    "select 'x' from generate_series(1, 100000000000) as n where repeat('a', 100) || n ~ '(a+)+b$'",
)
TOO_LARGE = (
    "select repeat('x', 30000000)",
    "select repeat('x', 1000000) from generate_series(1, 1000)",
    "select array_agg(n) from generate_series(1, 8000000) as n",
    "select string_agg(md5(n::text), '') from generate_series(1, 1000000) as n",
    # What is stored compressed, many times over.
    "select ev_action from pg_rewrite, generate_series(1, 500)",
    "select content from analytics.pages, generate_series(1, 9000)",
    "select pages from analytics.pages, generate_series(1, 9000)",
    "select numbers from analytics.pages, generate_series(1, 9000)",
    "select null::aclitem, content from analytics.pages, generate_series(1, 9000)",
    # What takes more room when it is sent than in memory, or as text.
    "select array_agg(n % 10) from generate_series(1, 2000000::bigint) as n",
    f"select {', '.join(['null::text'] * 600)} from generate_series(1, 9000)",
    # What counts a row calls it so.
    "select row(1) as gridloom_row, repeat('x', 100000) from generate_series(1, 1000)",
    "select 'x' as gridloom_row, null::aclitem, repeat('x', 100000) from generate_series(1, 1000)",
)
FILLS_THE_DISK = (
    "select count(*) from (select n || repeat('x', 1000) as x from generate_series(1, 10000000) as n order by x"
    " offset 1) as sorted",
    "with kept as materialized (select n || repeat('x', 8000) as x from generate_series(1, 10000000) as n)"
    " select count(*) from kept as one, kept as other",
    "with recursive n as (select 1 as i, repeat('x', 100000) as x union all select i + 1, repeat('y', 100000) from n)"
    " select count(*) from n, n as other",
    "select distinct n || repeat('x', 8000) from generate_series(1, 10000000) as n offset 9000000",
)
TAKES_MEMORY = (
    "select repeat('x', 1000000000)",
    "select lpad('x', 1000000000), rpad('x', 1000000000)",
    "select string_agg(repeat('x', 100000000), '') from generate_series(1, 100)",
    "select array_agg(repeat('x', 1000000) || n) from generate_series(1, 100000) as n",
    "select array_length(array_agg(x), 1) from (select repeat('x', 10000000) as x offset 0) as x,"
    " generate_series(1, 100000)",
    "select json_agg(repeat('x', 1000000)) from generate_series(1, 100000)",
    "select array_fill(1, array[1000000000])",
)
# Error texts as long as any value: they would be read, logged and shown.
LONG_ERRORS = (
    "select repeat('x', 50000000)::int",
    "select repeat('x', 3000000)::numeric",
    "select ('{' || repeat('x', 3000000))::json",
    "select repeat('x', 3000000)::date",
    "select repeat('x', 3000000)::inet",
    "select repeat('x', 3000000)::uuid",
)
# Few bytes that are sent, and many objects where they are read.
SWELLS = (
    "select array_agg('10.0.0.1/8'::inet) from generate_series(1, 1600000)",
    "select array_agg(point(1, 2)) from generate_series(1, 200000)",
    "select array_agg('1d'::interval) from generate_series(1, 200000)",
    "select array_agg(gen_random_uuid()) from generate_series(1, 200000)",
)
_LETTERS, _OTHERS = "repeat('x', 900000)", "repeat('y', 900000)"
_MOST_OF_IT, _NEARLY = "repeat('a', 2000000)", "'b' || repeat('a', 900000)"
_ONES = "('{' || repeat('1,', 600000) || '2}')::integer[]"
_TWOS = "('{' || repeat('2,', 600000) || '2}')::integer[]"
_THREES = "('{' || repeat('3,', 600000) || '3}')::integer[]"
_TEXTS = "('{' || repeat('a,', 600000) || 'b}')::text[]"
_OTHER_TEXTS = "('{' || repeat('c,', 600000) || 'c}')::text[]"
_LAST_TEXTS = "('{' || repeat('b,', 600000) || 'b}')::text[]"
_JSON = "('[' || repeat('1,', 600000) || '2]')::jsonb"
_LAST_JSON = "('[' || repeat('2,', 600000) || '2]')::jsonb"
_JSON_TEXTS = "('[' || repeat('\"a\",', 600000) || '\"b\"]')::jsonb"
_PATH = "('[' || repeat('(1,1),(2,3),', 60000) || '(1,1)]')::path"
_PATH_AWAY = "('[' || repeat('(9,1),(8,3),', 60000) || '(9,1)]')::path"
_SHAPE = "('(' || repeat('(1,1),(2,3),', 60000) || '(1,1))')::polygon"
_SHAPE_AWAY = "('(' || repeat('(9,1),(8,3),', 60000) || '(9,1))')::polygon"
# What PostgreSQL cannot be told to stop: it looks up only when it is done, after minutes or days.
UNSTOPPABLE = tuple(
    f"select {expression} is null"
    for expression in (
        f"translate({_LETTERS}, {_OTHERS}, '')",
        f"pg_catalog.translate({_LETTERS}, {_OTHERS}, '')",
        f"btrim({_LETTERS}, {_OTHERS} || 'x')",
        f"ltrim({_LETTERS}, {_OTHERS} || 'x')",
        f"rtrim({_LETTERS}, {_OTHERS} || 'x')",
        f"trim(both {_OTHERS} || 'x' from {_LETTERS})",
        f"trim(leading {_OTHERS} || 'x' from {_LETTERS})",
        f"trim(trailing {_OTHERS} || 'x' from {_LETTERS})",
        f"btrim({_LETTERS}::bytea, ({_OTHERS} || 'x')::bytea)",
        f"ltrim({_LETTERS}::bytea, ({_OTHERS} || 'x')::bytea)",
        f"position({_NEARLY} in {_MOST_OF_IT})",
        f"strpos({_MOST_OF_IT}, {_NEARLY})",
        f"replace({_MOST_OF_IT}, {_NEARLY}, '')",
        f"split_part({_MOST_OF_IT}, {_NEARLY}, 2)",
        f"string_to_array({_MOST_OF_IT}, {_NEARLY})",
        "position(repeat('1', 900000)::bit varying || B'0' in repeat('1', 2000000)::bit varying)",
        f"({_MOST_OF_IT} like '%' || repeat('a', 900000) || 'b')",
        f"({_MOST_OF_IT} not like '%' || repeat('a', 900000) || 'b')",
        f"({_MOST_OF_IT} ilike '%' || repeat('a', 900000) || 'b%')",
        f"({_MOST_OF_IT} ~~ ('%' || repeat('a', 900000) || 'b'))",
        f"({_ONES} && {_THREES})",
        f"({_ONES} @> {_TWOS})",
        f"({_TWOS} <@ {_ONES})",
        f"({_TEXTS} && {_OTHER_TEXTS})",
        f"({_TEXTS} @> {_LAST_TEXTS})",
        f"({_JSON} @> {_LAST_JSON})",
        f"({_LAST_JSON} <@ {_JSON})",
        f"({_JSON_TEXTS} - {_OTHER_TEXTS})",
        f"({_PATH} <-> {_PATH_AWAY})",
        f"({_SHAPE} <-> {_SHAPE_AWAY})",
        f"(select count(*) from analytics.notes where translate({_LETTERS} || note, {_OTHERS}, '') <> '')",
    )
)
REFUSED = (*WRITES, *STACKED, *READS, *REACHES_OUT)
