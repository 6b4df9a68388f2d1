-- Phones that work while they are alone: what each holds, what it sent, and pictures that come in pieces.
create table device (
    id        BLOB    not null primary key, -- made by the phone
    person_id BLOB    not null,
    name      TEXT    not null,
    made_ms   INTEGER not null,
    used_ms   INTEGER,
    cut_ms    INTEGER,                      -- since when it is cut off
    settled   INTEGER not null,             -- its acts up to this number are settled
    skew_ms   INTEGER,                      -- how far its clock was behind ours when it last sent something
    session   BLOB,                         -- SHA-256 of the token it last signed in with
    sealed    BLOB                          -- the key of what it keeps; gone once it is cut off
) strict;
create index device_person on device (person_id);

-- What a phone was sent: the state it has and the one that may be on its way.
create table device_held (
    device_id BLOB    not null references device (id),
    number    INTEGER not null,
    made_ms   INTEGER not null,
    items     BLOB    not null,             -- as domain::sync writes them
    primary key (device_id, number)
) strict;

-- Acts made offline, in the phone's own order. Rows are never taken out: an act may be sent again after months.
create table pushed (
    device_id   BLOB    not null references device (id),
    seq         INTEGER not null,
    act_id      BLOB    not null,
    key_sha     BLOB    not null,           -- SHA-256 of what was asked
    at_ms       INTEGER not null,           -- by the phone's clock
    received_ms INTEGER not null,           -- by ours
    body        TEXT    not null,           -- what was asked; empty once it is settled
    state       TEXT    not null check (state in ('waits', 'done', 'refused', 'conflict')),
    answer      TEXT,
    settled_ms  INTEGER,
    primary key (device_id, seq)
) strict;
create unique index pushed_act on pushed (device_id, act_id);
create index pushed_waits on pushed (device_id, seq) where state = 'waits';

create table upload (
    id        BLOB    not null primary key, -- made by the phone; the attachment's once it is whole
    person_id BLOB    not null,
    bytes     INTEGER not null,
    sha256    TEXT,                         -- of the bytes as they are sent
    made_ms   INTEGER not null,
    done_ms   INTEGER
) strict;
create index upload_open on upload (made_ms) where done_ms is null;
