-- Seals over the whole record, in the order of commits: what a chain of one case cannot tell, they tell.
create table seal (
    number    bigint not null primary key, -- from 1
    xid       bigint not null,             -- place of the last entry under it
    seq       bigint not null,
    n_entries bigint not null,             -- under this and all before
    hash      bytea  not null,             -- over the seal before and the entries' hashes
    at_ms     bigint not null
);
