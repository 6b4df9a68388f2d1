-- The care register, visits, referrals, timers of lone workers, purposes, warnings of the weather service.
-- What tells of a person stands in `sealed`, under a key of the entry's own (secret_key); in clear stands what planning
-- and counting need. An entry that has ended keeps its id, grid, version and head, so that the record can be checked.

create table care_entry (
    id           UUID     not null primary key,
    version      BIGINT not null,
    head         BYTEA    not null,
    revision     BIGINT not null,        -- grows with what is held, not with who reads it
    state        TEXT    not null check (state in ('open', 'ended')),
    city_id      BIGINT not null,
    county_id    BIGINT,
    township_id  BIGINT,
    community_id BIGINT,
    grid_id      BIGINT not null,
    category     TEXT,                    -- null once ended, as everything below but the last two
    lng          DOUBLE PRECISION,                    -- rounded to some 100 m
    lat          DOUBLE PRECISION,
    review_day   TEXT,
    expiry_day   TEXT,
    review_told  BIGINT not null,
    wake_day     TEXT,                    -- when the platform must look again
    tail         BYTEA,                    -- blind index of the last digits of the phone
    sealed       BYTEA,
    code         BYTEA,                    -- blind index of the code by which the person sees who read
    code_delay   BIGINT,                 -- days after which a reading is told there
    enrolled_ms  BIGINT not null,
    ended_day    TEXT,
    ended_why    TEXT
);
create index care_entry_grid on care_entry (grid_id) where state = 'open';
create index care_entry_wake on care_entry (wake_day) where wake_day is not null;
create index care_entry_tail on care_entry (tail) where tail is not null;
create unique index care_entry_code on care_entry (code) where code is not null;

-- Whose name stood in a list, for whom, why, on which day: written once, so that lists are told once a day.
create table care_listed (
    care_id   UUID  not null,
    person_id UUID  not null,
    reason    TEXT not null,
    day       TEXT not null,
    primary key (care_id, person_id, reason, day)
);

create table care_purpose (
    id         UUID     not null primary key,
    person_id  UUID     not null,          -- who may read
    area_id    BIGINT not null,          -- in this area
    categories TEXT    not null,          -- entries of these, with commas between
    reason     TEXT    not null,
    given_by   UUID ,
    given_ms   BIGINT not null,
    until_ms   BIGINT not null,
    ended_ms   BIGINT                    -- taken back
);
create index care_purpose_person on care_purpose (person_id, until_ms);
create index care_purpose_area on care_purpose (area_id);

create table visit (
    id           UUID     not null primary key,
    version      BIGINT not null,
    head         BYTEA    not null,
    care_id      UUID     not null,
    city_id      BIGINT not null,
    county_id    BIGINT,
    township_id  BIGINT,
    community_id BIGINT,
    grid_id      BIGINT not null,
    state        TEXT    not null check (state in ('planned', 'searching', 'done', 'refused', 'found', 'dropped')),
    due_day      TEXT    not null,
    slack        BIGINT not null,        -- days it may come earlier
    because      TEXT    not null,        -- reasons of the day, with commas between
    urgent       BIGINT not null,
    lng          DOUBLE PRECISION,                    -- rounded to some 100 m
    lat          DOUBLE PRECISION,
    rung         TEXT,
    until_ms     BIGINT,                 -- of the rung
    told         TEXT,                    -- level that was told above the last rung
    neighbour    BIGINT not null,        -- whether there is one to be asked
    kin          BIGINT not null,
    pressing     BIGINT not null,
    reminded     BIGINT not null,
    found        TEXT,
    person_id    UUID ,                    -- who made it
    minutes      BIGINT,
    made_ms      BIGINT not null,
    ended_ms     BIGINT,
    wake_ms      BIGINT
);
create unique index visit_open on visit (care_id) where state in ('planned', 'searching');
create index visit_care on visit (care_id, made_ms);
create index visit_grid_due on visit (grid_id, due_day) where state in ('planned', 'searching');
create index visit_community_rung on visit (community_id, rung) where state = 'searching';
create index visit_wake on visit (wake_ms) where wake_ms is not null;
create index visit_grid_ended on visit (grid_id, ended_ms) where ended_ms is not null;

create table referral (
    id           UUID     not null primary key,
    version      BIGINT not null,
    head         BYTEA    not null,
    care_id      UUID     not null,
    visit_id     UUID ,
    city_id      BIGINT not null,
    county_id    BIGINT,
    township_id  BIGINT,
    community_id BIGINT,
    grid_id      BIGINT not null,
    service      TEXT    not null,
    state        TEXT    not null check (state in ('open', 'accepted', 'returned', 'concluded', 'withdrawn', 'dropped')),
    unit_id      BIGINT not null,
    person_id    UUID ,                    -- who of the unit is responsible
    from_id      UUID ,                    -- who referred
    answer_by_ms BIGINT not null,
    at_ms        BIGINT,                 -- the appointment
    result       TEXT,
    reminded     TEXT,
    told         TEXT,
    made_ms      BIGINT not null,
    ended_ms     BIGINT,
    wake_ms      BIGINT
);
create index referral_care on referral (care_id, made_ms);
create index referral_unit on referral (unit_id, state, made_ms);
create index referral_grid on referral (grid_id, made_ms);
create index referral_township on referral (township_id, service, made_ms);
create index referral_wake on referral (wake_ms) where wake_ms is not null;

create table safety_timer (
    id           UUID     not null primary key,
    version      BIGINT not null,
    head         BYTEA    not null,
    person_id    UUID     not null,
    city_id      BIGINT not null,
    county_id    BIGINT,
    township_id  BIGINT,
    community_id BIGINT,
    grid_id      BIGINT not null,
    visit_id     UUID ,
    state        TEXT    not null check (state in ('running', 'safe', 'alarm', 'taken', 'closed')),
    started_ms   BIGINT not null,
    until_ms     BIGINT,
    cause        TEXT,
    told         TEXT,                    -- level that was told last
    taken_by     UUID ,
    safe         BIGINT,
    alarm_lng    DOUBLE PRECISION,                    -- given by the phone after an alarm, forgotten when it is over
    alarm_lat    DOUBLE PRECISION,
    ended_ms     BIGINT,
    wake_ms      BIGINT
);
create index safety_timer_person on safety_timer (person_id, started_ms);
create index safety_timer_alarm on safety_timer (state, started_ms) where state in ('alarm', 'taken');
create index safety_timer_wake on safety_timer (wake_ms) where wake_ms is not null;

create table weather_warning (
    id        UUID     not null primary key,
    area_id   BIGINT not null,
    peril     TEXT    not null,
    level     TEXT    not null,
    from_day  TEXT    not null,
    to_day    TEXT    not null,
    person_id UUID ,
    made_ms   BIGINT not null,
    ended_ms  BIGINT                     -- lifted early
);
create index weather_warning_day on weather_warning (to_day);
