-- What is done to the city's own settings: one chain, written with the state it tells of.
create table deed (
    number  INTEGER not null primary key, -- from 1, without a gap
    deed_id BLOB    not null,             -- the client's key, or one made for it
    at_ms   INTEGER not null,
    area_id INTEGER,                      -- whom it concerns; null: the whole city
    about   TEXT    not null,             -- person/…, unit/…, duty/…, bundle/…
    by_whom TEXT    not null,             -- canonical JSON
    deed    TEXT    not null,             -- canonical JSON
    hash    BLOB    not null
) strict;
create unique index deed_key on deed (deed_id);
create index deed_about on deed (about, number);

alter table seal add column n_deeds INTEGER not null default 0; -- deeds under this and all before
