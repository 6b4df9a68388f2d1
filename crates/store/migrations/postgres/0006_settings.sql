-- Units end and stay known; a session tells when it was last used.
alter table unit add column ended bigint not null default 0;
alter table session add column used_ms bigint; -- null: not since it was made
-- By it each node sees every second whether units have changed.
create index deed_unit on deed (number) where about like 'unit/%';
