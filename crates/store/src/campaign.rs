//! Campaigns, the counties' words about them, and what they ask of each grid.

use crate::case::{Where, opt_time, time};
use crate::intake::nonsense;
use crate::leave::{day, head};
use crate::{Batch, Fault, Row, Statement, Store, params};
use domain::area::AreaPath;
use domain::audit::Hash;
use domain::campaign::{Draft, Impossible, Subject};
use domain::class::Label;
use domain::id::{AreaId, CampaignId, ErrandId, PersonId, UnitId};
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

const INSERT: &str =
    "insert into campaign (id, version, head, title_zh, title_en, task_zh, task_en, subject, code,
    quota, from_day, to_day, unit_id, basis, minutes, state, why, proposed_ms, ended_ms)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)";
const AREA: &str = "insert into campaign_area (campaign_id, area_id) values ($1, $2)";
const AREAS: &str = "select area_id from campaign_area where campaign_id = $1 order by area_id";
const SAVE: &str = "update campaign set version = $3, head = $4, state = $5, why = $6, ended_ms = $7
    where id = $1 and version = $2";
const ONE: &str =
    "select id, version, head, title_zh, title_en, task_zh, task_en, subject, code, quota, from_day,
    to_day, unit_id, basis, minutes, state, why, proposed_ms, ended_ms from campaign where id = $1";
const LIST: &str =
    "select id, version, head, title_zh, title_en, task_zh, task_en, subject, code, quota, from_day,
    to_day, unit_id, basis, minutes, state, why, proposed_ms, ended_ms from campaign
    where state = $1 and (proposed_ms, id) < ($2, $3) order by proposed_ms desc, id desc limit $4";
const OVER: &str =
    "select id, version, head, title_zh, title_en, task_zh, task_en, subject, code, quota, from_day,
    to_day, unit_id, basis, minutes, state, why, proposed_ms, ended_ms from campaign
    where state in ('proposed', 'open') and to_day <= $1 order by to_day, id limit $2";
const COUNTY: &str =
    "insert into campaign_county (campaign_id, county_id, state, n_grids, n_items, why, decided_ms)
    values ($1, $2, $3, $4, $5, $6, $7)";
const DECIDE: &str =
    "update campaign_county set state = $3, n_grids = $4, n_items = $5, why = $6, decided_ms = $7
    where campaign_id = $1 and county_id = $2 and state = 'asked'";
const COUNTIES: &str = "select county_id, state, n_grids, n_items, why, decided_ms from campaign_county
    where campaign_id = $1 order by county_id";
const ERRAND: &str =
    "insert into errand (id, version, head, campaign_id, grid_id, county_id, n_asked, n_done,
    n_impossible) values ($1, 0, $2, $3, $4, $5, $6, 0, 0)";
const SAVE_ERRAND: &str =
    "update errand set version = $3, head = $4, n_done = $5, n_impossible = $6, last_ms = $7
    where id = $1 and version = $2";
const MOVE_ERRAND: &str =
    "update errand set version = $3, head = $4, grid_id = $5 where id = $1 and version = $2";
const ONE_ERRAND: &str =
    "select id, version, head, campaign_id, grid_id, county_id, n_asked, n_done, n_impossible,
    last_ms from errand where id = $1";
const OF_CAMPAIGN: &str =
    "select e.id, e.version, e.head, e.campaign_id, e.grid_id, e.county_id, e.n_asked, e.n_done,
    e.n_impossible, e.last_ms from errand e where e.campaign_id = $1 and e.grid_id in
        (select v.area_id from area_version v where v.path >= $2 and v.path < $3)
    order by e.grid_id limit $4";
const OF_GRID: &str =
    "select e.id, e.version, e.head, e.campaign_id, e.grid_id, e.county_id, e.n_asked, e.n_done,
    e.n_impossible, e.last_ms from errand e join campaign c on c.id = e.campaign_id
    where e.grid_id = $1 and c.state = 'open' and c.from_day <= $2 and c.to_day > $3
    and e.n_done + e.n_impossible < e.n_asked order by c.to_day, e.id";
const ITEM: &str = "insert into errand_item (errand_id, n, what, reason, note, at_ms, person_id)
    values ($1, $2, $3, $4, $5, $6, $7)";
const ITEMS: &str =
    "select n, what, reason, note, at_ms, person_id from errand_item where errand_id = $1 order by n";
const PROGRESS: &str =
    "select county_id, cast(sum(n_asked) as bigint) as asked, cast(sum(n_done) as bigint) as done,
    cast(sum(n_impossible) as bigint) as impossible
    from errand where campaign_id = $1 group by county_id order by county_id";
const REASONS: &str = "select i.reason, count(*) as n from errand_item i join errand e on e.id = i.errand_id
    where e.campaign_id = $1 and i.reason is not null group by i.reason order by i.reason";
const MEANWHILE: &str = "select cast(coalesce(sum(e.n_asked * c.minutes), 0) as bigint) as minutes
    from errand e join campaign c on c.id = e.campaign_id
    where c.state = 'open' and c.from_day < $4 and c.to_day > $3 and e.grid_id in
        (select v.area_id from area_version v where v.path >= $1 and v.path < $2)";

/// Statements of this file, to be prepared on both databases by a test.
#[rustfmt::skip] // a table, best read as one
pub const SQL: &[&str] = &[
    INSERT, AREA, AREAS, SAVE, ONE, LIST, OVER, COUNTY, DECIDE, COUNTIES, ERRAND, SAVE_ERRAND, MOVE_ERRAND, ONE_ERRAND,
    OF_CAMPAIGN, OF_GRID, ITEM, ITEMS, PROGRESS, REASONS, MEANWHILE,
];

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$of])* $variant,)* }

        impl $name {
            /// As it stands in the column and on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }

            /// From the column or the wire.
            pub fn parse(text: &str) -> Option<$name> {
                match text { $($word => Some($name::$variant),)* _ => None }
            }
        }
    };
}

words! {
    /// How far a campaign has come.
    State {
        /// No county has said yes.
        Proposed "proposed",
        /// At least one has.
        Open "open",
        /// All said no.
        Refused "refused",
        /// Ended before its day.
        Stopped "stopped",
        /// Its last day is over.
        Ended "ended",
    }
}

words! {
    /// What a county said.
    Word {
        /// Nothing yet.
        Asked "asked",
        /// Yes.
        Admitted "admitted",
        /// No.
        Refused "refused",
    }
}

/// A campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Campaign {
    /// Made by whoever proposes it.
    pub id: CampaignId,
    /// Acts so far.
    pub version: u32,
    /// Hash of the newest entry.
    pub head: Hash,
    /// As it was proposed.
    pub draft: Draft,
    /// How far it has come.
    pub state: State,
    /// Why it was stopped; else empty.
    pub why: String,
    /// When it was proposed.
    pub proposed: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
}

/// A county and what it said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct County {
    /// Which.
    pub county: AreaId,
    /// What it said.
    pub word: Word,
    /// Grids with something to do: as previewed, and from its yes on as given.
    pub n_grids: u32,
    /// Items in them.
    pub n_items: u32,
    /// Why it refused; else empty.
    pub why: String,
    /// When it decided.
    pub decided: Option<Timestamp>,
}

/// What a campaign asks of one grid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errand {
    /// Made when the county said yes.
    pub id: ErrandId,
    /// Acts so far.
    pub version: u32,
    /// Hash of the newest entry; zeros before the first.
    pub head: Hash,
    /// Of which campaign.
    pub campaign: CampaignId,
    /// The grid.
    pub grid: AreaId,
    /// Its county.
    pub county: AreaId,
    /// Items there are.
    pub n_asked: u32,
    /// Of these, done.
    pub n_done: u32,
    /// Of these, that cannot be done.
    pub n_impossible: u32,
    /// When the last one was.
    pub last: Option<Timestamp>,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// From 1.
    pub n: u32,
    /// The case or place; `None` where the grid itself is the item.
    pub what: Option<Uuid>,
    /// Why it cannot be done; `None` when it was.
    pub reason: Option<Impossible>,
    /// In words; may be empty.
    pub note: String,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub person: Option<PersonId>,
}

/// How far the work of a campaign has come in a county.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Which county.
    pub county: AreaId,
    /// Items there are.
    pub asked: u32,
    /// Done.
    pub done: u32,
    /// That cannot be done.
    pub impossible: u32,
}

impl Campaign {
    /// Adds it with the counties that are asked.
    pub fn insert(&self, batch: Batch, counties: &[County]) -> Batch {
        let d = &self.draft;
        let values = params![
            self.id.0,
            self.version,
            self.head.0,
            &d.title.zh,
            &d.title.en,
            &d.task.zh,
            &d.task.en,
            d.subject.as_str(),
            d.subject.code(),
            d.quota,
            d.from.to_string(),
            d.to.to_string(),
            d.unit.0,
            &d.basis,
            d.minutes,
            self.state.as_str(),
            &self.why,
            self.proposed.as_millisecond(),
            self.ended.map(Timestamp::as_millisecond)
        ];
        let batch = batch.guard(INSERT, values);
        let batch = d.areas.iter().fold(batch, |batch, area| batch.run(AREA, params![self.id.0, area.0]));
        counties.iter().fold(batch, |batch, it| {
            let (word, decided) = (it.word.as_str(), it.decided.map(Timestamp::as_millisecond));
            let (n_grids, n_items) = (it.n_grids, it.n_items);
            batch.run(COUNTY, params![self.id.0, it.county.0, word, n_grids, n_items, &it.why, decided])
        })
    }

    /// Saves it as long as it stands at the version before.
    pub fn save(&self, before: u32) -> Statement {
        let ended = self.ended.map(Timestamp::as_millisecond);
        let (state, why) = (self.state.as_str(), self.why.as_str());
        Statement::new(SAVE, params![self.id.0, before, self.version, self.head.0, state, why, ended])
            .expecting(1)
    }

    /// Saves what a county said, as long as it had said nothing.
    pub fn decide(&self, it: &County) -> Statement {
        let decided = it.decided.map(Timestamp::as_millisecond);
        let (word, why) = (it.word.as_str(), it.why.as_str());
        let values = params![self.id.0, it.county.0, word, it.n_grids, it.n_items, why, decided];
        Statement::new(DECIDE, values).expecting(1)
    }

    fn read(row: &Row, areas: Vec<AreaId>) -> Result<Self, Fault> {
        let (subject, code, state) = (row.text("subject")?, row.text("code")?, row.text("state")?);
        let draft = Draft {
            title: Label::new(row.text("title_zh")?, row.text("title_en")?),
            task: Label::new(row.text("task_zh")?, row.text("task_en")?),
            subject: Subject::parse(&subject, &code).ok_or_else(|| nonsense("subject", &subject))?,
            quota: row.opt_int("quota")?.map(|n| n as u32),
            areas,
            from: day(row, "from_day")?,
            to: day(row, "to_day")?,
            unit: UnitId(row.int("unit_id")? as u32),
            basis: row.text("basis")?,
            minutes: row.int("minutes")? as u32,
        };
        Ok(Self {
            id: CampaignId(row.uuid("id")?),
            version: row.int("version")? as u32,
            head: head(row)?,
            draft,
            state: State::parse(&state).ok_or_else(|| nonsense("state", &state))?,
            why: row.text("why")?,
            proposed: time(row, "proposed_ms")?,
            ended: opt_time(row, "ended_ms")?,
        })
    }
}

impl Errand {
    /// Adds it, without an act.
    pub fn insert(&self) -> Statement {
        let (id, campaign) = (self.id.0, self.campaign.0);
        let values = params![id, self.head.0, campaign, self.grid.0, self.county.0, self.n_asked];
        Statement::new(ERRAND, values).expecting(1)
    }

    /// Saves it as long as it stands at the version before.
    pub fn save(&self, before: u32) -> Statement {
        let last = self.last.map(Timestamp::as_millisecond);
        let (id, head) = (self.id.0, self.head.0);
        let values = params![id, before, self.version, head, self.n_done, self.n_impossible, last];
        Statement::new(SAVE_ERRAND, values).expecting(1)
    }

    /// Saves its grid, as long as it stands at the version before.
    pub fn move_to(&self, before: u32) -> Statement {
        let values = params![self.id.0, before, self.version, self.head.0, self.grid.0];
        Statement::new(MOVE_ERRAND, values).expecting(1)
    }

    /// Adds an answer. A duplicate when the case or place has one already.
    pub fn answer(&self, it: &Answer) -> Statement {
        let (reason, at) = (it.reason.map(Impossible::as_str), it.at.as_millisecond());
        let values = params![self.id.0, it.n, it.what, reason, &it.note, at, it.person.map(|it| it.0)];
        Statement::new(ITEM, values).expecting(1)
    }

    /// What is left to do.
    pub fn n_left(&self) -> u32 {
        self.n_asked.saturating_sub(self.n_done + self.n_impossible)
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let count = |column| Ok::<_, Fault>(row.int(column)? as u32);
        Ok(Self {
            id: ErrandId(row.uuid("id")?),
            version: count("version")?,
            head: head(row)?,
            campaign: CampaignId(row.uuid("campaign_id")?),
            grid: AreaId(count("grid_id")?),
            county: AreaId(count("county_id")?),
            n_asked: count("n_asked")?,
            n_done: count("n_done")?,
            n_impossible: count("n_impossible")?,
            last: opt_time(row, "last_ms")?,
        })
    }
}

async fn with_areas(store: &Store, rows: &[Row]) -> Result<Vec<Campaign>, Fault> {
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let areas = store.rows(AREAS, params![row.uuid("id")?]).await?;
        let areas = areas.iter().map(|row| Ok(AreaId(row.int("area_id")? as u32)));
        all.push(Campaign::read(row, areas.collect::<Result<_, Fault>>()?)?);
    }
    Ok(all)
}

/// One campaign.
pub async fn one(store: &Store, id: CampaignId) -> Result<Option<Campaign>, Fault> {
    let rows = store.rows(ONE, params![id.0]).await?;
    Ok(with_areas(store, &rows).await?.pop())
}

/// Campaigns in one state, the newest first, before one.
pub async fn list(
    store: &Store,
    state: State,
    before: Option<(Timestamp, CampaignId)>,
    limit: u32,
) -> Result<Vec<Campaign>, Fault> {
    let (ms, id) = before.map_or((i64::MAX, Uuid::max()), |(at, id)| (at.as_millisecond(), id.0));
    let rows = store.rows(LIST, params![state.as_str(), ms, id, limit]).await?;
    with_areas(store, &rows).await
}

/// Campaigns that go on although their last day is over.
pub async fn over(store: &Store, today: Date, limit: u32) -> Result<Vec<Campaign>, Fault> {
    let rows = store.rows(OVER, params![today.to_string(), limit]).await?;
    with_areas(store, &rows).await
}

/// The counties of a campaign, and what each said.
pub async fn counties(store: &Store, id: CampaignId) -> Result<Vec<County>, Fault> {
    let read = |row: &Row| {
        let word = row.text("state")?;
        Ok(County {
            county: AreaId(row.int("county_id")? as u32),
            word: Word::parse(&word).ok_or_else(|| nonsense("state", &word))?,
            n_grids: row.int("n_grids")? as u32,
            n_items: row.int("n_items")? as u32,
            why: row.text("why")?,
            decided: opt_time(row, "decided_ms")?,
        })
    };
    store.rows(COUNTIES, params![id.0]).await?.iter().map(read).collect()
}

/// What a campaign asks of one grid.
pub async fn errand(store: &Store, id: ErrandId) -> Result<Option<Errand>, Fault> {
    store.row(ONE_ERRAND, params![id.0]).await?.as_ref().map(Errand::read).transpose()
}

/// What a campaign asks of the grids of an area, by grid.
pub async fn errands(
    store: &Store,
    id: CampaignId,
    area: &AreaPath,
    limit: u32,
) -> Result<Vec<Errand>, Fault> {
    let (from, to) = area.range();
    store.rows(OF_CAMPAIGN, params![id.0, from, to, limit]).await?.iter().map(Errand::read).collect()
}

/// What is left to do in a grid of campaigns that have begun before a day and are not over on another, the nearest end first.
pub async fn left_in(store: &Store, grid: AreaId, begun_by: Date, on: Date) -> Result<Vec<Errand>, Fault> {
    let values = params![grid.0, begun_by.to_string(), on.to_string()];
    store.rows(OF_GRID, values).await?.iter().map(Errand::read).collect()
}

/// The answers of an errand, in their order.
pub async fn answers(store: &Store, id: ErrandId) -> Result<Vec<Answer>, Fault> {
    let read = |row: &Row| {
        let reason = row.opt_text("reason")?;
        let known = |text: String| Impossible::parse(&text).ok_or_else(|| nonsense("reason", &text));
        Ok(Answer {
            n: row.int("n")? as u32,
            what: row.opt_uuid("what")?,
            reason: reason.map(known).transpose()?,
            note: row.text("note")?,
            at: time(row, "at_ms")?,
            person: row.opt_uuid("person_id")?.map(PersonId),
        })
    };
    store.rows(ITEMS, params![id.0]).await?.iter().map(read).collect()
}

/// How far the work has come, by county.
pub async fn progress(store: &Store, id: CampaignId) -> Result<Vec<Progress>, Fault> {
    let read = |row: &Row| {
        Ok(Progress {
            county: AreaId(row.int("county_id")? as u32),
            asked: row.int("asked")? as u32,
            done: row.int("done")? as u32,
            impossible: row.int("impossible")? as u32,
        })
    };
    store.rows(PROGRESS, params![id.0]).await?.iter().map(read).collect()
}

/// Why items could not be done, with how many of each.
pub async fn reasons(store: &Store, id: CampaignId) -> Result<Vec<(String, u32)>, Fault> {
    let rows = store.rows(REASONS, params![id.0]).await?;
    rows.iter().map(|row| Ok((row.text("reason")?, row.int("n")? as u32))).collect()
}

/// Minutes that campaigns ask of the grids of an area in some days.
pub async fn meanwhile(store: &Store, area: &AreaPath, from: Date, to: Date) -> Result<u64, Fault> {
    let (low, high) = area.range();
    let values = params![low, high, from.to_string(), to.to_string()];
    let row = store.row(MEANWHILE, values).await?;
    row.map_or(Ok(0), |row| Ok(row.int("minutes")? as u64))
}

/// Work of campaigns in some grids, by id, after one.
pub async fn errands_in(
    store: &Store,
    areas: &[AreaId],
    after: Option<ErrandId>,
    limit: u32,
) -> Result<Vec<Errand>, Fault> {
    if areas.is_empty() {
        return Ok(Vec::new());
    }
    let mut conditions = Where::new();
    conditions.any_of("grid_id", areas.iter().map(|area| area.0));
    let (after, most) = (conditions.bind(after.map_or(uuid::Uuid::nil(), |it| it.0)), conditions.bind(limit));
    conditions.and(format!("id > {after}"));
    let sql = format!(
        "select id, version, head, campaign_id, grid_id, county_id, n_asked, n_done, n_impossible, last_ms from errand where {} order by id limit {most}",
        conditions.sql()
    );
    let rows = store.rows(&sql, conditions.params).await?;
    rows.iter().map(Errand::read).collect()
}
