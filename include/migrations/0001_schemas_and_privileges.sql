-- Who may enter where (design, section 3). Roles themselves are made by include/warehouse.py, since they need passwords.

create schema raw;
create schema reference authorization gridloom_transformer;
create schema staging authorization gridloom_transformer;
create schema marts authorization gridloom_transformer;
create schema analytics authorization gridloom_transformer;

grant usage on schema raw to gridloom_loader, gridloom_transformer;
grant usage on schema ops to gridloom_loader, gridloom_transformer, gridloom_analyst;
grant usage on schema reference, analytics to gridloom_loader, gridloom_analyst;

-- raw is append-only: nobody who logs in for daily work may update or delete there.
alter default privileges in schema raw grant select, insert on tables to gridloom_loader;
alter default privileges in schema raw grant select on tables to gridloom_transformer;
alter default privileges in schema ops grant select on tables to gridloom_loader, gridloom_transformer, gridloom_analyst;

alter default privileges for role gridloom_transformer in schema reference
    grant select on tables to gridloom_loader, gridloom_analyst;
alter default privileges for role gridloom_transformer in schema analytics
    grant select on tables to gridloom_loader, gridloom_analyst;
