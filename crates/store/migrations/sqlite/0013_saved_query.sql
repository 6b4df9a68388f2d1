-- Queries that people saved for themselves. Nobody else reads them.

create table saved_query (
    id         BLOB not null primary key,      -- made by the client
    person_id  BLOB not null references person (id),
    name       TEXT not null,
    query      TEXT not null,                  -- the text of the box
    created_ms INTEGER not null
) strict;
create index saved_query_person on saved_query (person_id, id);
