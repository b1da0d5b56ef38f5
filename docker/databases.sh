# Makes Gridloom's and Airflow's databases and their owners. PostgreSQL's image reads it once, when the data directory
# is made.

psql --set ON_ERROR_STOP=1 --username postgres --dbname template1 <<'SQL'
\getenv owner GRIDLOOM_OWNER_PASSWORD
\getenv airflow AIRFLOW_DATABASE_PASSWORD
-- createdb and a database to wait in: for `gridloom restore`, which fills a new one before it takes the old one's name.
create role gridloom_owner login createrole createdb password :'owner';
create role gridloom_airflow login password :'airflow';
-- Large objects and the write-ahead log are written past all grants on tables, even by a login that may write nowhere.
select format('revoke execute on function %s from public', oid::regprocedure)
from pg_catalog.pg_proc
where pronamespace = 'pg_catalog'::regnamespace and (proname like 'lo\_%' or proname in ('lowrite', 'pg_logical_emit_message'))
\gexec
-- So that it can limit what readers' queries write to the disk, and those of the dashboard's SQL box to the log.
grant set on parameter temp_file_limit, log_min_messages, log_min_error_statement to gridloom_owner;
create database gridloom owner gridloom_owner;
create database airflow owner gridloom_airflow;
revoke all on database postgres, template1, gridloom, airflow from public;
grant connect on database postgres to gridloom_owner;
SQL
