-- Places and things, what inspections found, and what forms cost. What is done to a place is its stream in `entry`;
-- here is where it stands. Days are days since 1970, local.

create table place (
    id           UUID     not null primary key,  -- made by whoever adds it
    version      BIGINT not null,
    head         BYTEA    not null,              -- hash of the newest entry
    sort         TEXT    not null check (sort in ('place', 'thing')),
    kind         TEXT    not null,              -- code in the bundle 'place-kinds'
    number       TEXT,                          -- its own number, unique among its sort
    name         TEXT    not null,
    name_en      TEXT    not null,
    address      TEXT    not null,
    lng          DOUBLE PRECISION,
    lat          DOUBLE PRECISION,
    off_m        BIGINT,                       -- how far outside of its grid
    city_id      BIGINT not null,
    county_id    BIGINT,
    township_id  BIGINT,
    community_id BIGINT,
    grid_id      BIGINT,
    owner_id     BIGINT,                       -- the unit that owns it
    state        TEXT    not null check (state in ('intact', 'damaged', 'missing', 'retired', 'removed')),
    facts        TEXT    not null,              -- by the kind's fields, JSON
    added_day    BIGINT not null,
    first_day    BIGINT not null,              -- due for the first time, where its kind has a plan
    look_day     BIGINT,                       -- the last inspection
    look_failed  BIGINT,                       -- how many answers failed in it
    changed_ms   BIGINT not null,
    check ((lng is null) = (lat is null)),
    check ((look_day is null) = (look_failed is null))
);
create unique index place_number on place (sort, number) where number is not null;
create index place_grid on place (grid_id, id);
create index place_community on place (community_id, id);
create index place_township on place (township_id, id);
create index place_county on place (county_id, id);
create index place_kind on place (kind, id);

-- One row an inspection; the same stands in the place's stream.
create table inspection (
    id           UUID     not null primary key,  -- made by whoever inspected
    place_id     UUID     not null references place (id),
    version      BIGINT not null,              -- of the place's stream
    form         TEXT    not null,
    form_version BIGINT not null,
    person_id    UUID ,
    unit_id      BIGINT,
    answers      TEXT    not null,              -- by question, JSON
    failed       TEXT    not null,              -- questions whose answers fail, JSON
    n_failed     BIGINT not null,
    note         TEXT    not null,
    day          BIGINT not null,              -- when, by the clock of whoever inspected
    made_ms      BIGINT not null,
    saved_ms     BIGINT not null
);
create index inspection_place on inspection (place_id, made_ms);
create index inspection_saved on inspection (saved_ms, id);

-- What failed and became a case: from either side.
create table inspection_case (
    inspection_id UUID  not null references inspection (id),
    case_id       UUID  not null references cases (id),
    class_code    TEXT not null,
    primary key (inspection_id, case_id)
);
create unique index inspection_case_case on inspection_case (case_id);

-- Pictures of inspections: whoever sees the place sees them.
create table inspection_photo (
    inspection_id UUID  not null references inspection (id),
    attachment_id UUID  not null references attachment (id),
    primary key (inspection_id, attachment_id)
);

-- Every form that was filled in, for whatever it was: who asked, and what it cost. Told in aggregates only.
create table form_filled (
    id           UUID     not null primary key,  -- of the inspection, visit … it was filled in for
    form         TEXT    not null,
    form_version BIGINT not null,
    owner        TEXT    not null,              -- code of the department that asked
    person_id    UUID     not null,
    day          BIGINT not null,
    city_id      BIGINT not null,
    county_id    BIGINT,
    township_id  BIGINT,
    community_id BIGINT,
    grid_id      BIGINT,
    seconds      BIGINT not null check (seconds between 1 and 14400),
    measured     BIGINT not null check (measured in (0, 1)), -- 0: the form's own estimate
    asks_known   BIGINT not null               -- questions that asked what is known
);
create index form_filled_day on form_filled (day, owner);
