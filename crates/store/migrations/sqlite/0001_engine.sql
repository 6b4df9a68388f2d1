-- What the engine itself keeps: facts about this database, and leases with fencing epochs.

create table meta (
    key   text not null primary key,   -- 'feed_epoch'
    value text not null
) strict, without rowid;

-- A right held by one node at a time, for background work.
create table lease (
    name     text   not null primary key,
    holder   text   not null,           -- the node; '' when released
    until_ms bigint not null,           -- moment of expiry, milliseconds UTC
    epoch    bigint not null check (epoch > 0) -- grows with each new holder; a write guarded by an older one fails
) without rowid;
