-- What came to the inbound webhooks: each id counts once. gridloom_hooks, the login of the API server that takes them,
-- notes deliveries and can do nothing else.

create table ops.webhook_deliveries (
    hook text not null check (length(hook) between 1 and 64),
    delivery_id text not null check (delivery_id ~ '^[A-Za-z0-9_-]{1,128}$'),
    body_sha256 bytea not null check (length(body_sha256) = 32),
    received_at timestamptz not null default clock_timestamp(),
    primary key (hook, delivery_id)
);
comment on table ops.webhook_deliveries is 'Deliveries to inbound webhooks that became an Asset event, one row per hook and id.';

grant usage on schema ops to gridloom_hooks;
grant insert (hook, delivery_id, body_sha256) on ops.webhook_deliveries to gridloom_hooks;

-- It reads nothing; whether a delivery is one it has noted before, it may ask.
create function ops.is_delivery(of_hook text, id text, body bytea) returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
begin atomic
    select exists (
        select from ops.webhook_deliveries
        where
            webhook_deliveries.hook = of_hook
            and webhook_deliveries.delivery_id = id
            and webhook_deliveries.body_sha256 = body
    );
end;
comment on function ops.is_delivery is 'Whether this very delivery, id and body, was noted.';
revoke execute on function ops.is_delivery from public;
grant execute on function ops.is_delivery to gridloom_hooks;
