-- People and our own services have logins of their own, so that none can shut out the others: gridloom_analyst is for
-- people, gridloom_screens for dashboard, page Grid, metrics and watchdog, gridloom_explorer for the SQL box. Each has
-- its own grants: a member of another's role would see that one's statements, and could end its sessions.

revoke gridloom_analyst from gridloom_explorer;

grant usage on schema ops, reference, analytics to gridloom_screens, gridloom_explorer;
alter default privileges in schema ops grant select on tables to gridloom_screens, gridloom_explorer;
alter default privileges for role gridloom_transformer in schema reference
    grant select on tables to gridloom_screens, gridloom_explorer;
alter default privileges for role gridloom_transformer in schema analytics
    grant select on tables to gridloom_screens, gridloom_explorer;

-- What the analyst reads today; not what tells of persons, which the analyst does not read either.
do $$
declare
    relation regclass;
begin
    for relation in
        select pg_class.oid::regclass
        from pg_catalog.pg_class
        where
            pg_class.relnamespace in ('ops'::regnamespace, 'reference'::regnamespace, 'analytics'::regnamespace)
            and pg_class.relkind in ('r', 'p', 'v', 'm')
            and has_table_privilege('gridloom_analyst', pg_class.oid, 'select')
    loop
        execute format('grant select on %s to gridloom_screens, gridloom_explorer', relation);
    end loop;
end
$$;
