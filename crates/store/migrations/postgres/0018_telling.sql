-- Telling people: how each wants to be told, browsers that take pushes, and what is under way to whom.

alter table notice add column told_ms BIGINT;           -- when its deliveries were made; null: not yet
alter table notice add column climbed_ms BIGINT;        -- when it was told to the desk above, because nobody had read it
create index notice_untold on notice (seq) where told_ms is null;
create index notice_unread on notice (at_ms) where urgent = 1 and read_ms is null and climbed_ms is null;

create table telling_choice (
    person_id  UUID not null primary key references person (id),
    language   TEXT not null check (language in ('zh', 'en')),
    quiet_from BIGINT,                                  -- minute of the day
    quiet_to   BIGINT,                                  -- first minute that is not quiet
    push       BIGINT not null,
    mail       BIGINT not null,
    sms        BIGINT not null,
    key_id     UUID,                                  -- key of what is sealed
    sealed     TEXT,                                     -- addresses, sealed
    changed_ms BIGINT not null,
    check ((quiet_from is null) = (quiet_to is null)),
    check ((key_id is null) = (sealed is null))
);

create table telling_browser (
    id         UUID not null primary key,             -- made by the browser
    person_id  UUID not null references person (id),
    key_id     UUID not null,
    sealed     TEXT not null,                            -- where to push and with which keys, sealed
    made_ms    BIGINT not null
);
create index telling_browser_person on telling_browser (person_id);

-- Keys of the city itself.
create table telling_key (
    name   TEXT not null primary key,                    -- vapid
    key_id UUID not null,
    sealed TEXT not null
);

create table delivery (
    id        UUID not null primary key,
    notice_id UUID not null,
    way       TEXT not null check (way in ('push', 'mail', 'sms', 'hook')),
    person_id UUID,                                   -- whom; null for a webhook
    target_id UUID,                                   -- which browser or webhook
    state     TEXT not null check (state in ('waiting', 'sent', 'dead')),
    tries     BIGINT not null,
    next_ms   BIGINT not null,                          -- not tried before
    made_ms   BIGINT not null,
    ended_ms  BIGINT,
    error     TEXT,                                      -- why it failed last, without addresses
    check ((state = 'waiting') = (ended_ms is null))
);
create index delivery_due on delivery (next_ms) where state = 'waiting';
create index delivery_dead on delivery (made_ms, id) where state = 'dead';
