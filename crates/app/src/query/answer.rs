//! Asking the box: what was understood, how many there are of each kind, and the first of them with why they are there.

use super::find::{self, CaseHit, NameHit};
use super::keep::Progress;
use super::names::Key;
use super::plan::{Plan, Word};
use super::sight::Sight;
use super::sound::{Fit, Found as In};
use crate::case::number;
use crate::{App, AppError, City};
use domain::area::Level;
use domain::class::Label;
use domain::geo::LngLat;
use domain::id::{AreaId, CaseId, UnitId};
use domain::policy::{Actor, Role, Scope};
use domain::query::{Chip, Kind, MOST, parse};
use std::collections::HashMap;
use std::sync::Arc;
use store::case::CaseRow;
use store::query;
use store::scope::ScopeSql;

/// The most hits of a page.
pub const PAGE_MAX: u32 = 500;
/// No page begins behind this: whoever needs more narrows the query.
pub const OFFSET_MAX: u32 = 100_000;

/// A question to the box.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What is written in it, at most 200 characters.
    pub text: String,
    /// Only this kind; the counts of the others are told all the same.
    pub kind: Option<Kind>,
    /// Hits of each kind, 1 to 500.
    pub limit: u32,
    /// Hits to leave out, for the next pages.
    pub offset: u32,
    /// Where the caller is, for "near".
    pub point: Option<LngLat>,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// What each piece was taken for.
    pub chips: Vec<Chip>,
    /// Hits of all kinds together.
    pub total: u64,
    /// Each kind that was asked for, with its count and hits.
    pub groups: Vec<Group>,
    /// How far the index is; not ready, the counts are too small.
    pub progress: Progress,
    /// "Near" was asked without a point.
    pub needs_point: bool,
    /// Nothing was found, but this would be: the same words by their sound.
    pub instead: Option<String>,
}

/// Hits of one kind.
#[derive(Clone, Debug)]
pub struct Group {
    /// Which kind.
    pub kind: Kind,
    /// How many there are.
    pub n: u64,
    /// The page, best first.
    pub hits: Vec<Hit>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<u32>,
}

/// One hit.
#[derive(Clone, Debug)]
pub struct Hit {
    /// What it is, if it has a name; a case is in `case`.
    pub key: Option<Key>,
    /// Its name, or the text of a case.
    pub title: Label,
    /// Where it stands or belongs.
    pub sub: Label,
    /// Code, number or account.
    pub code: String,
    /// Where it is.
    pub point: Option<LngLat>,
    /// Why it is here.
    pub why: Why,
    /// Which characters of the Chinese title were found: from, and the one behind.
    pub marks: Vec<(u32, u32)>,
    /// Open cases in the area, or that the unit leads, as far as the person may see them.
    pub open: Option<u32>,
    /// Of an area or unit.
    pub level: Option<Level>,
    /// Of staff.
    pub role: Option<Role>,
    /// The case itself.
    pub case: Option<Box<CaseRow>>,
}

/// Why something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// By its code or number.
    Code,
    /// By its name.
    Name,
    /// By the sound of its name.
    Sound,
    /// By what a unit is called for short.
    Short,
    /// By the words of its report.
    Text,
    /// By its class.
    Class,
    /// By the area it is in.
    Area,
    /// By its unit.
    Unit,
    /// By the filters alone.
    Filter,
}

impl Why {
    /// As it stands on the wire.
    pub fn as_str(self) -> &'static str {
        ["code", "name", "sound", "short", "text", "class", "area", "unit", "filter"][self as usize]
    }

    fn of(found: Option<In>) -> Why {
        match found.map(|it| it.fit) {
            None => Why::Filter,
            Some(Fit::Code | Fit::CodeBegins) => Why::Code,
            Some(Fit::Whole | Fit::Begins | Fit::Inside) => Why::Name,
            Some(Fit::Spelled | Fit::Initials | Fit::SpelledInside | Fit::SoundsLike) => Why::Sound,
            Some(Fit::Short) => Why::Short,
        }
    }
}

/// Cases of a page, still without their rows.
struct Page {
    ids: Vec<CaseId>,
    n: u64,
    next: Option<u32>,
}

impl super::Finder {
    /// Answers a question as far as the person may know.
    pub async fn find(&self, app: &App, who: &Actor, asked: &Asked) -> Result<Found, AppError> {
        if asked.text.chars().count() > MOST {
            return Err(AppError::field(
                "?q",
                "range",
                format!("a query has at most {MOST} characters; leave some out"),
            ));
        }
        if !(1..=PAGE_MAX).contains(&asked.limit) || asked.offset > OFFSET_MAX {
            let says =
                format!("a page has 1 to {PAGE_MAX} hits and begins before {OFFSET_MAX}; narrow the query");
            return Err(AppError::field("?limit", "range", says));
        }
        let (finder, city, actor, question) = (self.clone(), app.city(), who.clone(), asked.clone());
        let now = app.clock.now();
        // Counting a million is not what the threads that answer requests are for.
        let look = move || finder.look(&city, &actor, &question, now);
        let (mut found, page, words) =
            tokio::task::spawn_blocking(look).await.expect("asking the index does not panic");
        if let Some(page) = page {
            let group = self.cases(app, who, page, &words).await?;
            let at =
                found.groups.iter().position(|group| group.kind > Kind::Case).unwrap_or(found.groups.len());
            found.groups.insert(at, group);
        }
        found.total = found.groups.iter().map(|group| group.n).sum();
        Ok(found)
    }

    /// Everything but the rows of cases.
    fn look(
        &self,
        city: &Arc<City>,
        who: &Actor,
        asked: &Asked,
        now: jiff::Timestamp,
    ) -> (Found, Option<Page>, Vec<Word>) {
        let today = city.zone.to_datetime(now).date();
        let index = self.read();
        let plan = Plan::of(parse(&asked.text, today), city, &index.names, asked.point, now);
        let sight = Sight::of(&Scope::of(who), &index.cases);
        let (from, limit) = (asked.offset as usize, asked.limit as usize);
        let is_shown = |kind| asked.kind.is_none_or(|only| only == kind);
        let next = |n: usize| (n > from + limit).then_some(asked.offset + asked.limit);
        let mut groups = Vec::new();
        for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Case && plan.wants(*kind)) {
            let hits = find::names(&index.names, kind, &plan, who);
            let n = hits.len();
            let shown = if is_shown(kind) { &hits[from.min(n)..(from + limit).min(n)] } else { &[] };
            let counts = Counts::of(shown, &index.cases, &sight);
            let hits = shown.iter().map(|hit| named(hit, city, &counts)).collect();
            groups.push(Group { kind, n: n as u64, hits, next: next(n).filter(|_| is_shown(kind)) });
        }
        let page = plan.wants(Kind::Case).then(|| {
            let hits: Vec<CaseHit> = find::cases(&index.cases, &plan, &sight);
            let (n, shown) = (hits.len(), is_shown(Kind::Case));
            let best = if shown { find::best(hits, from, limit) } else { Vec::new() };
            let ids = best.iter().map(|hit| index.cases.id(hit.at)).collect();
            Page { ids, n: n as u64, next: next(n).filter(|_| shown) }
        });
        let nothing = groups.iter().all(|group| group.n == 0) && page.as_ref().is_none_or(|page| page.n == 0);
        let instead = if nothing { by_sound(&plan, city, &index.names, who, now) } else { None };
        let progress = index.progress;
        drop(index);
        let needs_point = plan.query.near_m.is_some() && asked.point.is_none();
        let found = Found { chips: plan.query.chips, total: 0, groups, progress, needs_point, instead };
        (found, page, plan.words)
    }

    /// All pages together, up to so many hits of each kind that is shown.
    pub async fn gather(&self, app: &App, who: &Actor, asked: &Asked, most: u32) -> Result<Found, AppError> {
        let first = Asked { limit: PAGE_MAX.min(most), offset: 0, ..asked.clone() };
        let mut found = self.find(app, who, &first).await?;
        for group in &mut found.groups {
            while let Some(offset) = group.next.filter(|next| *next < most) {
                let limit = PAGE_MAX.min(most - offset);
                let page = Asked { kind: Some(group.kind), limit, offset, ..asked.clone() };
                let more = self.find(app, who, &page).await?;
                let Some(more) = more.groups.into_iter().find(|it| it.kind == group.kind) else { break };
                group.hits.extend(more.hits);
                group.next = more.next;
            }
        }
        Ok(found)
    }

    /// The rows of a page, as they stand now and as far as the person may see them now.
    async fn cases(&self, app: &App, who: &Actor, page: Page, words: &[Word]) -> Result<Group, AppError> {
        let scope = ScopeSql::new(Scope::of(who), who.level);
        let rows = query::rows(&app.store, &page.ids, &scope).await?;
        let mut rows: HashMap<CaseId, CaseRow> = rows.into_iter().map(|row| (row.id, row)).collect();
        let city = app.city();
        let in_order = page.ids.iter().filter_map(|id| rows.remove(id));
        let hits = in_order.map(|row| of_case(row, &city, words)).collect();
        Ok(Group { kind: Kind::Case, n: page.n, hits, next: page.next })
    }
}

/// The same words by their sound, when some name is found so.
fn by_sound(
    plan: &Plan,
    city: &City,
    names: &super::names::Names,
    who: &Actor,
    now: jiff::Timestamp,
) -> Option<String> {
    let spoken = |word: &Word| word.signs.iter().map(|sign| sign.sound).collect::<String>();
    let text = plan.words.iter().map(spoken).collect::<Vec<_>>().join(" ");
    if plan.words.is_empty() || plan.words.iter().any(|word| spoken(word).is_empty()) {
        return None;
    }
    let today = city.zone.to_datetime(now).date();
    let other = Plan::of(parse(&text, today), city, names, None, now);
    let any = Kind::ALL.into_iter().any(|kind| !find::names(names, kind, &other, who).is_empty());
    any.then_some(text)
}

/// Open cases of the areas and units of a page.
struct Counts {
    areas: HashMap<AreaId, u32>,
    units: HashMap<UnitId, u32>,
}

impl Counts {
    fn of(hits: &[NameHit<'_>], cases: &super::cases::Cases, sight: &Sight) -> Counts {
        let (mut areas, mut units) = (Vec::new(), Vec::new());
        for hit in hits {
            match hit.name.key {
                Key::Area(id) => areas.push(id),
                Key::Unit(id) => units.push(id),
                Key::Person(_) | Key::Site(_) => {}
            }
        }
        Counts { areas: find::open_in(cases, sight, &areas), units: find::open_with(cases, sight, &units) }
    }
}

fn named(hit: &NameHit<'_>, city: &City, counts: &Counts) -> Hit {
    let name = hit.name;
    let open = match name.key {
        Key::Area(id) => counts.areas.get(&id).copied(),
        Key::Unit(id) => counts.units.get(&id).copied(),
        Key::Person(_) | Key::Site(_) => None,
    };
    let english = match name.key {
        Key::Area(id) => city.area(id).map(|area| area.name_en.clone()),
        Key::Unit(id) => city.units.get(&id).map(|unit| unit.name_en.clone()),
        Key::Person(_) | Key::Site(_) => None,
    };
    let own = if let Key::Area(id) = name.key { Some(id) } else { None };
    let mut sub = chain(city, &name.areas, own);
    if let (Key::Person(_), Some(unit)) = (name.key, name.unit.and_then(|id| city.units.get(&id))) {
        sub = Label::new(format!("{} {}", sub.zh, unit.name_zh), format!("{}, {}", unit.name_en, sub.en));
    }
    // A place may be found by what its kind is called, which is not in its title; an area's short name is in its name.
    let in_title = !matches!(name.key, Key::Site(_)) || hit.in_title;
    let marks =
        hit.found.filter(|_| in_title).map(|found| mark(&name.zh, found)).into_iter().flatten().collect();
    Hit {
        key: Some(name.key),
        title: Label::new(name.zh.clone(), english.unwrap_or_else(|| name.zh.clone())),
        sub,
        code: name.codes.first().cloned().unwrap_or_default(),
        point: name.point,
        why: Why::of(hit.found),
        marks,
        open,
        level: name.level,
        role: name.role,
        case: None,
    }
}

/// The areas above one, without the city: 东区 桥头街道 桥东社区.
fn chain(city: &City, areas: &domain::area::Ancestors, without: Option<AreaId>) -> Label {
    let above = Level::ALL.into_iter().filter_map(|level| areas.at(level)).filter(|id| Some(*id) != without);
    let above: Vec<_> = above.filter_map(|id| city.area(id)).collect();
    let told = if above.len() > 1 { &above[1..] } else { &above[..] };
    let zh: Vec<&str> = told.iter().map(|area| area.name_zh.as_str()).collect();
    let en: Vec<&str> = told.iter().rev().map(|area| area.name_en.as_str()).collect();
    Label::new(zh.join(" "), en.join(", "))
}

/// Where signs of a name stand among its characters.
fn mark(name: &str, found: In) -> Option<(u32, u32)> {
    let places: Vec<usize> =
        name.chars().enumerate().filter(|(_, c)| c.is_alphanumeric()).map(|(at, _)| at).collect();
    let (from, last) = (places.get(found.from)?, places.get(found.to.checked_sub(1)?)?);
    Some((*from as u32, *last as u32 + 1))
}

fn of_case(row: CaseRow, city: &City, words: &[Word]) -> Hit {
    let class = row.class.as_ref().and_then(|code| city.class(code));
    let where_ = chain(city, &row.areas, None);
    let sub = match class {
        Some(class) => Label::new(
            format!("{} {}", class.name.zh, where_.zh),
            format!("{}, {}", class.name.en, where_.en),
        ),
        None => where_,
    };
    let code = number(row.id);
    let marks: Vec<(u32, u32)> = words.iter().filter_map(|word| in_text(&row.text, &word.text)).collect();
    let first = words.first();
    let is_code = |word: &Word| {
        code.to_lowercase().contains(&word.text)
            || row.outside_no.as_deref().is_some_and(|no| no.eq_ignore_ascii_case(&word.text))
    };
    let why = match first {
        None => Why::Filter,
        Some(word) if is_code(word) => Why::Code,
        Some(_) if !marks.is_empty() => Why::Text,
        Some(word) if in_text(&row.place, &word.text).is_some() => Why::Text,
        Some(word) if row.class.as_ref().is_some_and(|code| word.classes.contains(code)) => Why::Class,
        Some(word) if row.lead.is_some_and(|unit| word.units.contains(&unit)) => Why::Unit,
        Some(word) if row.areas.upwards().any(|area| word.areas.contains(&area)) => Why::Area,
        Some(_) => Why::Text,
    };
    Hit {
        key: None,
        title: Label::new(row.text.clone(), row.text.clone()),
        sub,
        code,
        point: row.point,
        why,
        marks,
        open: None,
        level: None,
        role: None,
        case: Some(Box::new(row)),
    }
}

/// Where a word stands in a text, in characters.
fn in_text(text: &str, word: &str) -> Option<(u32, u32)> {
    let plain: Vec<char> = text.chars().map(super::sound::plain).collect();
    let word: Vec<char> = word.chars().collect();
    let at = plain.windows(word.len().max(1)).position(|some| some == word)?;
    Some((at as u32, (at + word.len()) as u32))
}
