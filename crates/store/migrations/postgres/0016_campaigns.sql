-- Campaigns from above, what they ask of each grid, mediated disputes, and cases made of what nobody answers for.

create table campaign (
    id          UUID    not null primary key, -- made by whoever proposes it
    version     BIGINT  not null,
    head        BYTEA   not null,             -- hash of the newest entry
    title_zh    TEXT    not null,
    title_en    TEXT    not null,
    task_zh     TEXT    not null,             -- what is to be done at each item
    task_en     TEXT    not null,
    subject     TEXT    not null check (subject in ('grid', 'cases', 'places')),
    code        TEXT    not null,             -- beginning of class codes, or kind of place
    quota       BIGINT,                      -- items a grid; null: every one there is
    from_day    TEXT    not null,
    to_day      TEXT    not null,             -- first day after
    unit_id     BIGINT  not null,             -- the department that wants it
    basis       TEXT    not null,             -- by what law or decision
    minutes     BIGINT  not null,             -- an item takes, without the walk
    state       TEXT    not null check (state in ('proposed', 'open', 'refused', 'stopped', 'ended')),
    why         TEXT    not null,             -- why it was stopped; else empty
    proposed_ms BIGINT  not null,
    ended_ms    BIGINT
);
create index campaign_state on campaign (state, to_day);
create index campaign_unit on campaign (unit_id, proposed_ms);

-- The counties it is for, and what each of them said.
create table campaign_county (
    campaign_id UUID    not null references campaign (id),
    county_id   BIGINT  not null,
    state       TEXT    not null check (state in ('asked', 'admitted', 'refused')),
    n_grids     BIGINT  not null,
    n_items     BIGINT  not null,
    why         TEXT    not null,             -- why it was refused; else empty
    decided_ms  BIGINT,
    primary key (campaign_id, county_id)
);
create index campaign_county_county on campaign_county (county_id, state);

-- The areas it is for.
create table campaign_area (
    campaign_id UUID    not null references campaign (id),
    area_id     BIGINT  not null,
    primary key (campaign_id, area_id)
);

-- What it asks of one grid, from the county's yes on.
create table errand (
    id           UUID    not null primary key,
    version      BIGINT  not null,
    head         BYTEA   not null,
    campaign_id  UUID    not null references campaign (id),
    grid_id      BIGINT  not null,
    county_id    BIGINT  not null,
    n_asked      BIGINT  not null,
    n_done       BIGINT  not null,
    n_impossible BIGINT  not null,
    last_ms      BIGINT
);
create index errand_grid on errand (grid_id);
create index errand_campaign on errand (campaign_id, county_id);

-- The answers, in their order.
create table errand_item (
    errand_id UUID    not null references errand (id),
    n         BIGINT  not null,
    what      UUID,                            -- the case or place; null where the grid itself is the item
    reason    TEXT,                            -- why it cannot be done; null when it was
    note      TEXT    not null,
    at_ms     BIGINT  not null,
    person_id UUID,
    primary key (errand_id, n)
);
create unique index errand_item_what on errand_item (errand_id, what) where what is not null;

-- A mediated dispute. Who the parties are and what they said is sealed and stands in the entries alone.
create table dispute (
    id          UUID    not null primary key,
    version     BIGINT  not null,
    head        BYTEA   not null,
    case_id     UUID    not null unique,
    area_id     BIGINT  not null,              -- the lowest area that is known of the case
    grid_id     BIGINT,
    state       TEXT    not null check (state in ('open', 'agreed', 'handed_over', 'closed')),
    n_sessions  BIGINT  not null,
    agreed_day  TEXT,
    unit_id     BIGINT,                       -- judicial mediation, once it was handed over
    outcome     TEXT,
    next_day    TEXT,                          -- when somebody asks next whether the agreement is kept
    told_day    TEXT,                          -- the day of which the desk was told
    opened_ms   BIGINT  not null,
    closed_ms   BIGINT
);
create index dispute_grid on dispute (grid_id, next_day) where next_day is not null;
create index dispute_next on dispute (next_day) where next_day is not null;
create index dispute_area on dispute (area_id);

create table dispute_day (
    dispute_id UUID    not null references dispute (id),
    due_day    TEXT    not null,
    kept       TEXT,                            -- yes | partly | no; null while nobody asked
    primary key (dispute_id, due_day)
);

-- The case that was made of something nobody answers for.
create table gap_case (
    gap       TEXT    not null primary key,     -- class:<code>@<area> or unit:<id>
    case_id   UUID    not null,
    raised_ms BIGINT  not null
);
