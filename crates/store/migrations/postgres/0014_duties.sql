-- Around duties: who asks for leave, what the next one must know, grids that have nobody, and cells that were visited.

-- A request for leave. Why someone is away has no column.
create table leave_request (
    id            UUID    not null primary key, -- made by whoever asks
    version       BIGINT  not null,
    head          BYTEA   not null,             -- hash of the newest entry
    person_id     UUID    not null references person (id),
    area_id       BIGINT  not null,             -- where that person has their post
    from_day      TEXT    not null,
    to_day        TEXT    not null,             -- first day back
    substitute_id UUID,
    state         TEXT    not null check (state in ('asked', 'granted', 'refused', 'withdrawn')),
    asked_ms      BIGINT  not null,
    decided_ms    BIGINT ,
    answer        TEXT    not null              -- why it was refused, in words
);
create index leave_request_state on leave_request (state, from_day);
create index leave_request_person on leave_request (person_id);

-- A note for whoever has the grid next.
create table hand_over (
    id         UUID    not null primary key,
    version    BIGINT  not null,
    head       BYTEA   not null,
    grid_id    BIGINT  not null,
    person_id  UUID    not null,                -- who wrote it
    sealed     TEXT    not null,                -- the text, by the key of this id, base64; empty once erased
    written_ms BIGINT  not null
);
create index hand_over_grid on hand_over (grid_id, written_ms);

-- Who has read it and said so.
create table hand_over_read (
    hand_over_id UUID    not null references hand_over (id),
    person_id    UUID    not null,
    at_ms        BIGINT  not null,
    primary key (hand_over_id, person_id)
);

-- A grid that has, or will have, nobody.
create table vacancy (
    id       UUID    not null primary key,
    version  BIGINT  not null,
    head     BYTEA   not null,
    grid_id  BIGINT  not null,
    from_day TEXT    not null,                  -- first day with nobody
    n_days   BIGINT  not null,                  -- such days within the days that are looked ahead
    told     TEXT    not null check (told in ('city', 'county', 'township')), -- the highest level that was told
    told_ms  BIGINT  not null,
    found_ms BIGINT  not null,
    ended_ms BIGINT                             -- since when it has someone
);
create unique index vacancy_open on vacancy (grid_id) where ended_ms is null;
create index vacancy_grid on vacancy (grid_id, found_ms);

-- Cells of grids in which someone was, on a day: coverage, without anybody's name or way.
create table patrol_cell (
    grid_id BIGINT  not null,
    day     TEXT    not null,
    cell    BIGINT  not null,                   -- domain::patrol::Cell
    primary key (grid_id, day, cell)
);
