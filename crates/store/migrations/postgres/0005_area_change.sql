-- Dated changes of the areas: what was arranged, by whom, and how far it has come. What they make of the tree
-- stands in area_version and area_successor, from the day on which it holds.

-- The code an area has in this version; null: the one of its identity.
alter table area_version add column code TEXT;

-- Every code that an area has, had or is arranged to have: never another area's. A change that is cancelled before
-- its day gives up the codes it had arranged; the identity it made stays, under the code 'void.<id>'.
create table area_code (
    code    TEXT    not null primary key,
    area_id BIGINT  not null references area (id)
);
create index area_code_area on area_code (area_id);
insert into area_code (code, area_id) select code, id from area;

create table area_change (
    id        UUID    not null primary key, -- made by whoever asks, so that the same twice is one change
    key_sha   BYTEA   not null,             -- SHA-256 of the canonical request, for retries
    version   BIGINT  not null,             -- 1 when saved, one more with each state
    on_day    TEXT    not null,             -- first day on which it holds
    state     TEXT    not null check (state in ('arranged', 'following', 'done', 'cancelled')),
    note      TEXT    not null,             -- why, in words
    changes   TEXT    not null,             -- the changes as they were saved, JSON
    person_id UUID,                         -- who; null: whoever runs the machine
    saved_ms  BIGINT  not null,
    begun_ms  BIGINT,                       -- when its day had come and duties were passed on
    ended_ms  BIGINT,                       -- when all cases had followed, or it was cancelled
    n_duties  BIGINT  not null default 0,   -- duties passed on
    n_cases   BIGINT  not null default 0    -- cases that followed
);
create index area_change_day on area_change (on_day);
create index area_change_state on area_change (state) where state in ('arranged', 'following');

-- The areas a change begins, ends or goes on with.
create table area_change_part (
    change_id UUID    not null references area_change (id),
    area_id   BIGINT  not null references area (id),
    fate      TEXT    not null check (fate in ('begins', 'ends', 'changes')),
    primary key (change_id, area_id)
);
create index area_change_part_area on area_change_part (area_id);
