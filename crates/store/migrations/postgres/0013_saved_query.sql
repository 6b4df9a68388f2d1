-- Queries that people saved for themselves. Nobody else reads them.

create table saved_query (
    id         UUID not null primary key,      -- made by the client
    person_id  UUID not null references person (id),
    name       TEXT not null,
    query      TEXT not null,                  -- the text of the box
    created_ms BIGINT not null
);
create index saved_query_person on saved_query (person_id, id);
