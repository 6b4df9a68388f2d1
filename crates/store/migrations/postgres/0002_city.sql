-- The city: areas, units, people, bundles, cases and their log.
-- Times are milliseconds UTC (suffix _ms), days are ISO dates as text, booleans are 0 or 1.

create table area (
    id          BIGINT not null primary key,   -- never reused
    code        TEXT   not null unique,        -- national or local code, an attribute; never reused
    level       TEXT   not null check (level in ('city', 'county', 'township', 'community', 'grid'))
);

create table area_version (
    area_id     BIGINT not null references area (id),
    valid_from  TEXT   not null,               -- first day it is true
    valid_to    TEXT,                          -- first day it is no longer true
    parent_id   BIGINT references area (id),
    name_zh     TEXT   not null,
    name_en     TEXT   not null,
    pinyin      TEXT   not null,               -- without tones, syllables apart
    kind        TEXT   not null,
    path        TEXT   not null,               -- materialised path: everything under an area is one range
    shape       BYTEA,                         -- outline, WGS-84, as domain::geo writes it
    primary key (area_id, valid_from)
);
create index area_version_path on area_version (path);

create table area_successor (
    area_id      BIGINT not null references area (id),
    successor_id BIGINT not null references area (id),
    primary key (area_id, successor_id)
);

create table unit (
    id        BIGINT not null primary key,
    code      TEXT   not null unique,
    name_zh   TEXT   not null,
    name_en   TEXT   not null,
    level     TEXT   not null check (level in ('city', 'county', 'township', 'community', 'grid')),
    area_id   BIGINT not null references area (id),
    parent_id BIGINT references unit (id)
);
create index unit_area on unit (area_id);

create table person (
    id              UUID   not null primary key,
    account         TEXT   not null unique,      -- lower case
    name            TEXT   not null,
    role            TEXT   not null,
    area_id         BIGINT not null references area (id),
    unit_id         BIGINT references unit (id),
    password        TEXT,                        -- argon2id in PHC form; null: cannot sign in
    failures        BIGINT not null default 0,   -- wrong passwords in a row
    locked_until_ms BIGINT,
    disabled        BIGINT not null default 0,
    created_ms      BIGINT not null
);

create table duty (
    id        BIGINT not null primary key,
    grid_id   BIGINT not null references area (id),
    person_id UUID   not null references person (id),
    kind      TEXT   not null check (kind in ('main', 'substitute', 'leave')),
    from_day  TEXT   not null,
    to_day    TEXT                               -- first day it no longer holds
);
create index duty_person on duty (person_id);
create index duty_grid on duty (grid_id);

create table session (
    token_sha  BYTEA  not null primary key,      -- SHA-256 of the token; the token itself is nowhere
    person_id  UUID   not null references person (id),
    kind       TEXT   not null check (kind in ('browser', 'token')),
    name       TEXT   not null,                  -- what the person calls it
    scope      TEXT   not null,                  -- 'all' or 'read'
    created_ms BIGINT not null,
    expires_ms BIGINT not null
);
create index session_person on session (person_id);

create table setup_link (
    token_sha  BYTEA  not null primary key,      -- SHA-256 of the one-time token
    person_id  UUID   not null references person (id),
    expires_ms BIGINT not null
);

create table bundle (
    kind     TEXT   not null,                    -- classes | matrix | calendar/<area id> | city
    version  BIGINT not null,
    from_ms  BIGINT not null,
    body     TEXT   not null,                    -- the document as it was given, JSON
    primary key (kind, version)
);

create table cases (
    id             UUID   not null primary key,
    version        BIGINT not null,
    head           BYTEA  not null,              -- hash of the newest entry
    city_id        BIGINT not null,
    county_id      BIGINT,
    township_id    BIGINT,
    community_id   BIGINT,
    grid_id        BIGINT,
    desk_id        BIGINT not null,              -- the area whose desk has it
    level          TEXT   not null,              -- level of that desk
    step           TEXT   not null,
    stage          BIGINT not null,              -- 1 to 6
    turn           TEXT   not null,              -- whose turn it is
    state          TEXT   not null check (state in ('open', 'held', 'closed')),
    class_code     TEXT,
    urgency        TEXT,
    private        BIGINT not null,
    channel        TEXT   not null,
    reporter_id    UUID,
    outside_no     TEXT,
    text           TEXT   not null,
    place          TEXT   not null,              -- in words
    lng            DOUBLE PRECISION,
    lat            DOUBLE PRECISION,
    off_m          BIGINT,
    lead_unit      BIGINT,
    evidence       BIGINT not null,              -- pieces of evidence so far
    reported_ms    BIGINT not null,
    filed_ms       BIGINT,
    assigned_ms    BIGINT,
    handled_ms     BIGINT,
    answered_ms    BIGINT,
    closed_ms      BIGINT,
    last_ms        BIGINT not null,
    due_from_ms    BIGINT,                       -- the running clock
    due_half_ms    BIGINT,
    due_most_ms    BIGINT,
    due_ms         BIGINT,
    due_twice_ms   BIGINT,
    due_span       TEXT,
    first_due_ms   BIGINT,                       -- the handling deadline that counts
    hold_until_ms  BIGINT,
    wake_ms        BIGINT,                       -- when the platform must look again
    bounces        BIGINT not null,
    reworks        BIGINT not null,
    reopens        BIGINT not null,
    urged          BIGINT not null,
    postponed      BIGINT not null,
    verified       BIGINT not null,
    ended          TEXT,                         -- refused | merged | split | withdrawn
    satisfaction   TEXT
);
create index cases_grid_open on cases (grid_id, due_ms) where state <> 'closed';
create index cases_township_open on cases (township_id, due_ms) where state <> 'closed';
create index cases_county_open on cases (county_id, due_ms) where state <> 'closed';
create index cases_city_open on cases (city_id, due_ms) where state <> 'closed';
create index cases_grid on cases (grid_id, reported_ms);
create index cases_township on cases (township_id, reported_ms);
create index cases_county on cases (county_id, reported_ms);
create index cases_city on cases (city_id, reported_ms);
create index cases_reporter on cases (reporter_id, reported_ms) where reporter_id is not null;
create index cases_outside on cases (outside_no) where outside_no is not null;
create index cases_wake on cases (wake_ms) where wake_ms is not null;

create table share (
    case_id  UUID   not null references cases (id),
    unit_id  BIGINT not null,
    lead     BIGINT not null,
    state    TEXT   not null check (state in ('given', 'accepted', 'done', 'over')),
    due_ms   BIGINT,
    primary key (case_id, unit_id)
);
create index share_unit_open on share (unit_id, due_ms) where state in ('given', 'accepted');
create index share_unit on share (unit_id, case_id);

create table entry (
    seq      BIGINT generated always as identity primary key, -- not the order of commits: read (xid, seq)
    xid      xid8   not null default pg_current_xact_id(),
    case_id  UUID   not null references cases (id),
    version  BIGINT not null,
    act_id   UUID   not null,                    -- the client's key of this act
    key_sha  BYTEA  not null,                    -- SHA-256 of the canonical request, for retries
    at_ms    BIGINT not null,
    by_whom  TEXT   not null,                    -- canonical JSON
    act      TEXT   not null,                    -- canonical JSON
    hash     BYTEA  not null,
    unique (case_id, version)
);
create unique index entry_act on entry (act_id);

create table attachment (
    id         UUID   not null primary key,
    sha256     TEXT   not null,
    mime       TEXT   not null,
    bytes      BIGINT not null,
    width      BIGINT,
    height     BIGINT,
    taken_ms   BIGINT,
    lng        DOUBLE PRECISION,
    lat        DOUBLE PRECISION,
    person_id  UUID,
    created_ms BIGINT not null
);
create index attachment_sha on attachment (sha256);
create index entry_feed on entry (xid, seq);
