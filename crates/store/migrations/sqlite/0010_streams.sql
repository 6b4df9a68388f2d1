-- The log is no longer of cases alone: case_id is the id of whatever the stream is of, kind says what that is. The key to
-- the table of cases goes, which here means a new table.
create table entry_of_all (
    seq      INTEGER primary key autoincrement, -- order of commits: given out by the only writer
    case_id  BLOB   not null,
    version  INTEGER not null,
    act_id   BLOB   not null,                    -- the client's key of this act
    key_sha  BLOB   not null,                    -- SHA-256 of the canonical request, for retries
    at_ms    INTEGER not null,
    by_whom  TEXT   not null,                    -- canonical JSON
    act      TEXT   not null,                    -- canonical JSON
    hash     BLOB   not null,
    kind     TEXT   not null default 'case',
    unique (case_id, version)
);
insert into entry_of_all (seq, case_id, version, act_id, key_sha, at_ms, by_whom, act, hash)
    select seq, case_id, version, act_id, key_sha, at_ms, by_whom, act, hash from entry order by seq;
drop table entry;
alter table entry_of_all rename to entry;
create unique index entry_act on entry (act_id);

-- Keys of what is personal, one for each record, wrapped by the master key, which is not here. Taking one out is erasure:
-- what was sealed with it can be read by nobody any more, wherever a copy of it lies.
create table secret_key (
    id      BLOB    not null primary key, -- of the record
    master  TEXT    not null,             -- which master key wraps it
    wrapped BLOB    not null,
    made_ms INTEGER not null
) strict;
create index secret_key_master on secret_key (master);

-- What someone should be told, written with what it tells of. Words are made when it is delivered.
create table notice (
    seq       INTEGER primary key autoincrement,
    id        BLOB    not null unique,
    person_id BLOB,                        -- for this person
    area_id   INTEGER,                     -- or for the desk of this area
    unit_id   INTEGER,                     -- or for this unit
    kind      TEXT    not null,
    stream    TEXT    not null,            -- what it is about
    about_id  BLOB    not null,
    place_id  INTEGER not null,            -- the area it happened in
    urgent    INTEGER not null,
    at_ms     INTEGER not null,
    read_ms   INTEGER
) strict;
create index notice_person on notice (person_id, seq) where person_id is not null;
create index notice_area on notice (area_id, seq) where area_id is not null;
create index notice_unit on notice (unit_id, seq) where unit_id is not null;
