-- The safety index of the city: what departments hand in, month by month, what was made of it, and long work.
-- All of it is about areas. A figure, once signed, is never overwritten: a later one of the same indicator, area and
-- month is its next vintage. A month is text, as '2026-09'.

-- What one department hands in for one month, at once.
create table index_intake (
    id           UUID    not null primary key, -- made by whoever hands in, so that the same twice is one
    key_sha      BYTEA   not null,             -- SHA-256 of the canonical request, for retries
    department   TEXT    not null,             -- code of the city's unit, as units have it
    month        TEXT    not null,             -- the month of the figures
    state        TEXT    not null check (state in ('saved', 'signed', 'discarded')),
    person_id    UUID,                         -- who saved it; null: the platform itself
    note         TEXT    not null,             -- in words
    file_name    TEXT,                         -- the file it came in, if it came in one
    file_sha     BYTEA,                        -- SHA-256 of that file
    saved_ms     BIGINT  not null,
    signed_by    UUID,
    signed_ms    BIGINT,                       -- from then on its figures count
    discarded_by UUID,
    discarded_ms BIGINT,
    n_figures    BIGINT  not null,
    n_changed    BIGINT  not null,             -- that differed from what was known when it was saved
    n_doubts     BIGINT  not null,             -- that were implausible when it was saved, and confirmed
    check ((state = 'signed') = (signed_ms is not null)),
    check ((state = 'discarded') = (discarded_ms is not null)),
    check ((file_name is null) = (file_sha is null))
);
create index index_intake_saved on index_intake (saved_ms, id);
create index index_intake_month on index_intake (month, department);
create index index_intake_signed on index_intake (signed_ms) where signed_ms is not null;

-- The figures as they were handed in. An indicator here may also be a base, that rates are divided by.
create table index_value (
    intake_id UUID    not null references index_intake (id),
    seq       BIGINT  not null,                -- place in the intake, from 1
    indicator TEXT    not null,                -- code in the framework
    area_id   BIGINT  not null references area (id),
    level     TEXT    not null check (level in ('city', 'county', 'township', 'community', 'grid')), -- the area's
    month     TEXT    not null,
    num       DOUBLE PRECISION,                -- events, or what is counted of den
    den       DOUBLE PRECISION,
    value     DOUBLE PRECISION,                -- in the indicator's unit; null where it follows from num
    se        DOUBLE PRECISION,                -- standard error of value, in its unit
    n         DOUBLE PRECISION,                -- answers of a survey
    remark    TEXT,                            -- why an unlikely figure is right
    z         DOUBLE PRECISION,                -- distance from the usual in robust deviations, when it was saved
    primary key (intake_id, indicator, area_id)
);
create index index_value_month on index_value (month, level, indicator, area_id);
create index index_value_indicator on index_value (indicator, area_id, month);

-- One month's index.
create table index_edition (
    id                UUID    not null primary key, -- made by whoever drafts
    month             TEXT    not null,
    revision          BIGINT  not null,        -- 0, and one more with each that replaces a published one
    state             TEXT    not null check (state in ('draft', 'reviewed', 'published', 'discarded')),
    framework_version BIGINT  not null,        -- of the bundle 'framework'
    recipe_sha        BYTEA   not null,        -- SHA-256 of the recipe
    known_ms          BIGINT  not null,        -- figures signed until then are in it
    drafted_by        UUID,                    -- null: whoever runs the machine
    drafted_ms        BIGINT  not null,
    reviewed_by       UUID,
    reviewed_ms       BIGINT,
    published_by      UUID,
    published_ms      BIGINT,
    discarded_by      UUID,
    discarded_ms      BIGINT,
    note              TEXT    not null,        -- why this revision, or why it was discarded
    code_version      TEXT    not null,        -- of the program that computed it
    sha256            BYTEA   not null,        -- of the archive
    summary           TEXT    not null,        -- what lists and the first page show, JSON
    archive           BYTEA   not null,        -- everything it was computed of and everything computed, zip
    check ((state = 'discarded') = (discarded_ms is not null)),
    check ((state = 'published') = (published_ms is not null)),
    check (state not in ('reviewed', 'published') or reviewed_ms is not null)
);
-- Of each revision there is one; a discarded one makes room.
create unique index index_edition_revision on index_edition (month, revision) where state <> 'discarded';
create index index_edition_month on index_edition (month, drafted_ms);

-- Long work, and what came of it.
create table index_job (
    id          UUID    not null primary key,  -- made by whoever asks
    kind        TEXT    not null,              -- sensitivity, backcast, …
    subject     TEXT    not null,              -- what it is about: an edition's id, a month
    person_id   UUID,
    state       TEXT    not null check (state in ('waiting', 'running', 'done', 'failed', 'cancelled')),
    taken       BIGINT  not null default 0,    -- how often a node has taken it up: fences off one that paused
    done        BIGINT  not null default 0,    -- steps done, of total
    total       BIGINT  not null default 0,    -- 0: not known yet
    asked       TEXT    not null,              -- JSON
    error       TEXT,
    made_ms     BIGINT  not null,
    beat_ms     BIGINT,                        -- last sign of life
    ended_ms    BIGINT,
    result_type TEXT,                          -- media type of the result
    result      BYTEA,
    check ((state in ('done', 'failed', 'cancelled')) = (ended_ms is not null)),
    check ((result is null) = (result_type is null))
);
create index index_job_made on index_job (made_ms, id);
create index index_job_open on index_job (made_ms, id) where state in ('waiting', 'running');
