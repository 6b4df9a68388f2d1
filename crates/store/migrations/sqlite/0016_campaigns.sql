-- Campaigns from above, what they ask of each grid, mediated disputes, and cases made of what nobody answers for.

create table campaign (
    id          BLOB    not null primary key, -- made by whoever proposes it
    version     INTEGER not null,
    head        BLOB    not null,             -- hash of the newest entry
    title_zh    TEXT    not null,
    title_en    TEXT    not null,
    task_zh     TEXT    not null,             -- what is to be done at each item
    task_en     TEXT    not null,
    subject     TEXT    not null check (subject in ('grid', 'cases', 'places')),
    code        TEXT    not null,             -- beginning of class codes, or kind of place
    quota       INTEGER,                      -- items a grid; null: every one there is
    from_day    TEXT    not null,
    to_day      TEXT    not null,             -- first day after
    unit_id     INTEGER not null,             -- the department that wants it
    basis       TEXT    not null,             -- by what law or decision
    minutes     INTEGER not null,             -- an item takes, without the walk
    state       TEXT    not null check (state in ('proposed', 'open', 'refused', 'stopped', 'ended')),
    why         TEXT    not null,             -- why it was stopped; else empty
    proposed_ms INTEGER not null,
    ended_ms    INTEGER
) strict;
create index campaign_state on campaign (state, to_day);
create index campaign_unit on campaign (unit_id, proposed_ms);

-- The counties it is for, and what each of them said.
create table campaign_county (
    campaign_id BLOB    not null references campaign (id),
    county_id   INTEGER not null,
    state       TEXT    not null check (state in ('asked', 'admitted', 'refused')),
    n_grids     INTEGER not null,
    n_items     INTEGER not null,
    why         TEXT    not null,             -- why it was refused; else empty
    decided_ms  INTEGER,
    primary key (campaign_id, county_id)
) strict, without rowid;
create index campaign_county_county on campaign_county (county_id, state);

-- The areas it is for.
create table campaign_area (
    campaign_id BLOB    not null references campaign (id),
    area_id     INTEGER not null,
    primary key (campaign_id, area_id)
) strict, without rowid;

-- What it asks of one grid, from the county's yes on.
create table errand (
    id           BLOB    not null primary key,
    version      INTEGER not null,
    head         BLOB    not null,
    campaign_id  BLOB    not null references campaign (id),
    grid_id      INTEGER not null,
    county_id    INTEGER not null,
    n_asked      INTEGER not null,
    n_done       INTEGER not null,
    n_impossible INTEGER not null,
    last_ms      INTEGER
) strict;
create index errand_grid on errand (grid_id);
create index errand_campaign on errand (campaign_id, county_id);

-- The answers, in their order.
create table errand_item (
    errand_id BLOB    not null references errand (id),
    n         INTEGER not null,
    what      BLOB,                            -- the case or place; null where the grid itself is the item
    reason    TEXT,                            -- why it cannot be done; null when it was
    note      TEXT    not null,
    at_ms     INTEGER not null,
    person_id BLOB,
    primary key (errand_id, n)
) strict, without rowid;
create unique index errand_item_what on errand_item (errand_id, what) where what is not null;

-- A mediated dispute. Who the parties are and what they said is sealed and stands in the entries alone.
create table dispute (
    id          BLOB    not null primary key,
    version     INTEGER not null,
    head        BLOB    not null,
    case_id     BLOB    not null unique,
    area_id     INTEGER not null,              -- the lowest area that is known of the case
    grid_id     INTEGER,
    state       TEXT    not null check (state in ('open', 'agreed', 'handed_over', 'closed')),
    n_sessions  INTEGER not null,
    agreed_day  TEXT,
    unit_id     INTEGER,                       -- judicial mediation, once it was handed over
    outcome     TEXT,
    next_day    TEXT,                          -- when somebody asks next whether the agreement is kept
    told_day    TEXT,                          -- the day of which the desk was told
    opened_ms   INTEGER not null,
    closed_ms   INTEGER
) strict;
create index dispute_grid on dispute (grid_id, next_day) where next_day is not null;
create index dispute_next on dispute (next_day) where next_day is not null;
create index dispute_area on dispute (area_id);

create table dispute_day (
    dispute_id BLOB    not null references dispute (id),
    due_day    TEXT    not null,
    kept       TEXT,                            -- yes | partly | no; null while nobody asked
    primary key (dispute_id, due_day)
) strict, without rowid;

-- The case that was made of something nobody answers for.
create table gap_case (
    gap       TEXT    not null primary key,     -- class:<code>@<area> or unit:<id>
    case_id   BLOB    not null,
    raised_ms INTEGER not null
) strict, without rowid;
