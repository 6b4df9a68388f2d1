-- Seals over the whole record, in the order of commits: what a chain of one case cannot tell, they tell.
create table seal (
    number    INTEGER not null primary key, -- from 1
    xid       INTEGER not null,             -- place of the last entry under it; 0 here
    seq       INTEGER not null,
    n_entries INTEGER not null,             -- under this and all before
    hash      BLOB    not null,             -- over the seal before and the entries' hashes
    at_ms     INTEGER not null
) strict;
