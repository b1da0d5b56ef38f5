-- What each table got from a publication, for the metadata of Airflow's asset events and for whoever asks later.

alter table ops.publications add column tables jsonb not null default '{}';
comment on column ops.publications.tables is 'For each table: rows_published (written), of which rows_new and rows_revised (in the place of another), and rows_withdrawn. Empty before this was counted.';
