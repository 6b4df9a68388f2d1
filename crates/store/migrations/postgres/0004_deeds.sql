-- What is done to the city's own settings: one chain, written with the state it tells of.
create table deed (
    number  bigint not null primary key, -- from 1, without a gap
    deed_id uuid   not null,             -- the client's key, or one made for it
    at_ms   bigint not null,
    area_id bigint,                      -- whom it concerns; null: the whole city
    about   text   not null,             -- person/…, unit/…, duty/…, bundle/…
    by_whom text   not null,             -- canonical JSON
    deed    text   not null,             -- canonical JSON
    hash    bytea  not null
);
create unique index deed_key on deed (deed_id);
create index deed_about on deed (about, number);

alter table seal add column n_deeds bigint not null default 0; -- deeds under this and all before
