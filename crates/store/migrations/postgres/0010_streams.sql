-- The log is no longer of cases alone: case_id is the id of whatever the stream is of, kind says what that is.
alter table entry drop constraint entry_case_id_fkey;
alter table entry add column kind TEXT not null default 'case';

-- Keys of what is personal, one for each record, wrapped by the master key, which is not here. Taking one out is erasure:
-- what was sealed with it can be read by nobody any more, wherever a copy of it lies.
create table secret_key (
    id      UUID   not null primary key, -- of the record
    master  TEXT   not null,             -- which master key wraps it
    wrapped BYTEA  not null,
    made_ms BIGINT not null
);
create index secret_key_master on secret_key (master);

-- What someone should be told, written with what it tells of. Words are made when it is delivered.
create table notice (
    seq       BIGINT generated always as identity primary key,
    xid       xid8   not null default pg_current_xact_id(),
    id        UUID   not null unique,
    person_id UUID,                        -- for this person
    area_id   BIGINT,                     -- or for the desk of this area
    unit_id   BIGINT,                     -- or for this unit
    kind      TEXT   not null,
    stream    TEXT   not null,             -- what it is about
    about_id  UUID   not null,
    place_id  BIGINT not null,            -- the area it happened in
    urgent    BIGINT not null,
    at_ms     BIGINT not null,
    read_ms   BIGINT
);
create index notice_person on notice (person_id, seq) where person_id is not null;
create index notice_area on notice (area_id, seq) where area_id is not null;
create index notice_unit on notice (unit_id, seq) where unit_id is not null;
create index notice_feed on notice (xid, seq);
