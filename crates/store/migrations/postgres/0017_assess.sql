-- Assessment: the book of each day, and appeals against scores. A day is text in the city's zone, as '2026-09-29'.

-- What was counted of a day, read out of the log after its end. Never overwritten: it can be made again and compared.
create table assess_day (
    day      TEXT    not null primary key,
    until_ms BIGINT  not null,              -- the midnight at its end: entries from then on are not in it
    last_seq BIGINT  not null,              -- nor are those written down after this one
    recipe   BIGINT  not null,              -- version of the bundle 'score_recipe' that held; 0: the usual one
    rules    BIGINT  not null,              -- by which outcomes are read out of the log
    code     TEXT    not null,              -- version of the program
    made_ms  BIGINT  not null,
    n_rows   BIGINT  not null,              -- outcomes
    sha256   BYTEA   not null,              -- over body, recipe, rules and day
    body     BYTEA   not null               -- columns, as domain::score::book writes them
);

create table assess_appeal (
    id         UUID    not null primary key, -- made by the worker
    version    BIGINT  not null,
    head       BYTEA   not null,             -- hash of the newest entry
    person_id  UUID    not null references person (id),
    month      TEXT    not null,
    measure    TEXT    not null,             -- the line
    source_id  UUID,                         -- the case of it; null: the whole line
    area_id    BIGINT  not null references area (id), -- the worker's grid: whose desk or leader decides
    state      TEXT    not null check (state in ('asked', 'upheld', 'rejected', 'withdrawn')),
    remedy     TEXT    check (remedy in ('leave_out', 'correct')),
    words      TEXT    not null,
    asked_ms   BIGINT  not null,
    decided_by UUID,
    decided_ms BIGINT ,
    decision   TEXT,                         -- why
    moved      TEXT,                         -- scores and ranks it touched, before and after, JSON
    check ((state = 'upheld') = (remedy is not null)),
    check ((state in ('upheld', 'rejected')) = (decided_ms is not null))
);
create index assess_appeal_person on assess_appeal (person_id, asked_ms);
create index assess_appeal_open on assess_appeal (asked_ms) where state = 'asked';
create index assess_appeal_upheld on assess_appeal (month) where state = 'upheld';

-- Which cases moved since a midnight.
create index cases_last on cases (last_ms);
