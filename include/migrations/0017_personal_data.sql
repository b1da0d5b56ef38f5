-- Refused rows that tell of persons are kept where analysts do not read. In ops.rejected_rows a name stands for each of
-- them, made with a secret, so that nobody can try out which row it is.

create table ops.personal_secret (
    is_only boolean primary key default true check (is_only),
    secret text not null
);
comment on table ops.personal_secret is 'One row: what the names of refused personal rows are made with.';
insert into ops.personal_secret (secret) values (gen_random_uuid()::text || gen_random_uuid()::text);
revoke all on ops.personal_secret from gridloom_transformer, gridloom_analyst;

create table ops.rejected_personal_rows (
    name text primary key,
    dataset text not null references ops.datasets,
    payload text not null,
    key jsonb,
    first_rejected_at timestamptz not null
);
comment on table ops.rejected_personal_rows is 'Refused rows that tell of persons, as published, one row per dataset and payload. Analysts cannot read it.';
comment on column ops.rejected_personal_rows.name is 'What stands for the row in ops.rejected_rows.payload.';
revoke all on ops.rejected_personal_rows from gridloom_transformer, gridloom_analyst;
grant insert on ops.rejected_personal_rows to gridloom_loader;
