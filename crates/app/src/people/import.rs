//! Units, people and duties from CSV files (UTF-8, with a heading). A file is taken whole or, when any row of it
//! makes no sense, not at all: then every such row is told with its line. A second import changes nothing.

use std::collections::{BTreeMap, HashMap};

use csv::StringRecord;
use domain::deed::Deed;
use domain::id::{AreaId, PersonId, UnitId};
use domain::policy::{Actor, Role, StaffAct};
use jiff::civil::Date;
use store::duty::{self, Duty, DutyKind};
use store::ground::{self, Ground};
use store::person::{self, Person};
use store::unit::{self, Unit};
use store::{Batch, Statement};

use super::account::{NewPerson, written};
use super::{People, permit, system};
use crate::{AppError, FieldError, deeds};

/// Statements of one batch: small enough that others get their turn between two.
const BATCH: usize = 500;
/// Errors that are told at most.
const TOLD: usize = 500;

/// A row to be written, with the deed that tells of it.
type Row = (Statement, (Option<AreaId>, Deed));

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// New rows.
    pub added: usize,
    /// Rows that were there and are different now.
    pub changed: usize,
    /// Rows that were there as they are in the file.
    pub same: usize,
}

impl People {
    /// Units: `code,zh,en,area,parent` (area and parent by code; parent may be empty and stand anywhere in the file).
    pub async fn import_units(&self, who: &Actor, file: &[u8]) -> Result<Imported, AppError> {
        let grounds = self.grounds().await?;
        let mut known: BTreeMap<String, Unit> =
            unit::all(&self.store).await?.into_iter().map(|it| (it.code.clone(), it)).collect();
        let before = known.clone();
        let mut last = unit::last_id(&self.store).await?;
        let (mut seen, mut parents) = (Vec::new(), Vec::new());
        let mut sheet = Sheet::read(file, &["code", "zh", "en", "area", "parent"])?;
        for row in sheet.take() {
            let Some(unit) = sheet.keep(row.line, || {
                super::unit::check(row.get("code"), row.get("zh"), row.get("en"))?;
                let ground = row.ground("area", &grounds)?;
                permit(who, StaffAct::ChangeUnit, &ground.areas(), None, "area")
                    .map_err(|_| row.unknown("area"))?;
                let id = known.get(row.get("code")).map(|it| it.id);
                let (code, name_zh, name_en) = (row.get("code"), row.get("zh"), row.get("en"));
                Ok(Unit {
                    id: id.unwrap_or(UnitId(last.0 + 1)),
                    code: code.to_owned(),
                    name_zh: name_zh.to_owned(),
                    name_en: name_en.to_owned(),
                    level: ground.level,
                    area: ground.area,
                    parent: None,
                    ended: false,
                })
            }) else {
                continue;
            };
            last = last.max(unit.id);
            parents.push((row.line, unit.code.clone(), row.get("parent").to_owned()));
            seen.push((row.line, unit.code.clone()));
            known.insert(unit.code.clone(), unit);
        }
        for (line, code, parent) in parents {
            if parent.is_empty() {
                continue;
            }
            if let Some(id) = known.get(&parent).map(|it| it.id) {
                known.entry(code).and_modify(|it| it.parent = Some(id));
            } else {
                sheet.wrong(line, "parent", "unknown", format!("no unit has the code {parent:?}"));
            }
        }
        let above: HashMap<UnitId, UnitId> =
            known.values().filter_map(|it| Some((it.id, it.parent?))).collect();
        for (line, code) in &seen {
            if depth(&above, known[code].id).is_none() {
                sheet.wrong(*line, "parent", "range", "units answer to each other in a circle".to_owned());
            }
        }
        sheet.done()?;
        let mut done = Imported::default();
        let mut seen: Vec<String> = seen.into_iter().map(|(_, code)| code).collect();
        seen.sort_by_key(|code| (depth(&above, known[code].id), known[code].id)); // those above come first
        seen.dedup();
        let mut rows = Vec::new();
        for code in seen {
            let (old, new) = (before.get(&code), &known[&code]);
            if done.count(old, new) {
                let statement = if old.is_some() { new.update() } else { new.insert() };
                rows.push((statement, deeds::unit(old, new)));
            }
        }
        self.write(who, "import units", rows).await?;
        Ok(done)
    }

    /// People: `account,name,role,area,unit` (area and unit by code; unit may be empty). They get no password: each
    /// needs a set-up link.
    pub async fn import_people(&self, who: &Actor, file: &[u8]) -> Result<Imported, AppError> {
        let grounds = self.grounds().await?;
        let units: HashMap<String, UnitId> =
            unit::all(&self.store).await?.into_iter().map(|it| (it.code, it.id)).collect();
        let old: HashMap<String, Person> =
            person::all(&self.store).await?.into_iter().map(|it| (it.account.clone(), it)).collect();
        let by_area: HashMap<AreaId, &Ground> = grounds.values().map(|it| (it.area, it)).collect();
        let mut people: BTreeMap<String, Person> = BTreeMap::new();
        let mut sheet = Sheet::read(file, &["account", "name", "role", "area", "unit"])?;
        for row in sheet.take() {
            let Some(mut person) = sheet.keep(row.line, || {
                let ground = row.ground("area", &grounds)?;
                permit(who, StaffAct::ChangePerson, &ground.areas(), None, "area")
                    .map_err(|_| row.unknown("area"))?;
                let unit = match row.get("unit") {
                    "" => None,
                    code => Some(*units.get(code).ok_or_else(|| row.unknown("unit"))?),
                };
                let role = Role::parse(row.get("role")).ok_or_else(|| row.unknown("role"))?;
                let (account, name) = (row.get("account").to_owned(), row.get("name").to_owned());
                self.draft(&NewPerson { account, name, role, area: ground.area, unit })
            }) else {
                continue;
            };
            if let Some(old) = old.get(&person.account) {
                (person.id, person.created, person.disabled) = (old.id, old.created, old.disabled);
                let theirs = by_area.get(&old.area).map(|it| it.areas()).unwrap_or_default();
                if permit(who, StaffAct::ChangePerson, &theirs, None, "account").is_err() {
                    sheet.wrong(row.line, "account", "taken", "this account exists".to_owned());
                }
            }
            if people.insert(person.account.clone(), person).is_some() {
                sheet.wrong(row.line, "account", "twice", "this account stands in the file twice".to_owned());
            }
        }
        sheet.done()?;
        let mut done = Imported::default();
        let mut rows = Vec::new();
        for (account, new) in &people {
            let old = old.get(account);
            if done.count(old, new) {
                rows.push((written(old, new), deeds::account(old, new)));
            }
        }
        self.write(who, "import people", rows).await?;
        for (account, person) in &people {
            if old.contains_key(account) {
                self.node.cache.end_all(person.id);
            }
        }
        Ok(done)
    }

    /// Duties: `grid,account,kind,from,to` (grid by code, kind `main`, `substitute` or `leave`, days as 2026-03-02;
    /// `to` is the first day it no longer holds, empty while open). The same duty with another end is changed.
    pub async fn import_duties(&self, who: &Actor, file: &[u8]) -> Result<Imported, AppError> {
        let grounds = self.grounds().await?;
        let accounts: HashMap<String, PersonId> =
            person::all(&self.store).await?.into_iter().map(|it| (it.account, it.id)).collect();
        let mut duties: Vec<Duty> = Vec::new();
        let mut sheet = Sheet::read(file, &["grid", "account", "kind", "from", "to"])?;
        for row in sheet.take() {
            let kept = sheet.keep(row.line, || {
                let ground = row.ground("grid", &grounds)?;
                if ground.level != domain::area::Level::Grid {
                    return Err(row.unknown("grid"));
                }
                permit(who, StaffAct::ChangeDuty, &ground.areas(), None, "grid")
                    .map_err(|_| row.unknown("grid"))?;
                let account = crate::session::account_of(row.get("account"));
                let person = *accounts.get(&account).ok_or_else(|| row.unknown("account"))?;
                let kind = DutyKind::parse(row.get("kind")).ok_or_else(|| row.unknown("kind"))?;
                let from = row.day("from")?;
                let to = if row.get("to").is_empty() { None } else { Some(row.day("to")?) };
                if to.is_some_and(|to| to <= from) {
                    return Err(AppError::field("/to", "range", "a duty ends after it begins"));
                }
                Ok(Duty { id: 0, grid: ground.area, person, kind, from, to })
            });
            duties.extend(kept);
        }
        sheet.done()?;
        self.write_duties(who, duties).await
    }

    /// Writes many duties at once, those that are there already left alone; for imports and the demo city.
    pub async fn keep_duties(&self, duties: Vec<Duty>) -> Result<Imported, AppError> {
        self.write_duties(&system(AreaId(0)), duties).await
    }

    async fn write_duties(&self, who: &Actor, duties: Vec<Duty>) -> Result<Imported, AppError> {
        type Key = (AreaId, PersonId, DutyKind, Date);
        let key = |it: &Duty| -> Key { (it.grid, it.person, it.kind, it.from) };
        let mut known: HashMap<Key, Duty> =
            duty::all(&self.store).await?.into_iter().map(|it| (key(&it), it)).collect();
        let mut next = duty::last_id(&self.store).await? + 1;
        let (mut done, mut rows) = (Imported::default(), Vec::new());
        for mut new in duties {
            let old = known.get(&key(&new));
            new.id = old.map_or(next, |it| it.id);
            if done.count(old, &new) {
                let statement = if old.is_some() { duty::end(new.id, new.to) } else { new.insert() };
                rows.push((statement, deeds::duty(old, &new)));
                next = next.max(new.id + 1);
                known.insert(key(&new), new);
            }
        }
        self.write(who, "import duties", rows).await?;
        Ok(done)
    }

    /// Writes many people at once, as they are given; for the demo city. Nobody of them has a password.
    pub async fn keep_people(&self, people: &[Person]) -> Result<(), AppError> {
        let rows = people.iter().map(|it| (it.insert(), deeds::account(None, it))).collect();
        self.write(&system(AreaId(0)), "keep people", rows).await
    }

    /// Writes many units at once, as they are given; for the demo city.
    pub async fn keep_units(&self, units: &[Unit]) -> Result<(), AppError> {
        let rows = units.iter().map(|it| (it.insert(), deeds::unit(None, it))).collect();
        self.write(&system(AreaId(0)), "keep units", rows).await
    }

    async fn grounds(&self) -> Result<HashMap<String, Ground>, AppError> {
        let all = ground::all(&self.store, self.today()).await?;
        Ok(all.into_iter().map(|it| (it.code.clone(), it)).collect())
    }

    /// Everything was checked before; should the store fail half-way, a second import brings the rest.
    async fn write(&self, who: &Actor, label: &'static str, rows: Vec<Row>) -> Result<(), AppError> {
        let mut recording = self.recording(who);
        for some in rows.chunks(BATCH) {
            // One after the other: units refer to those before them.
            let (statements, deeds): (Vec<Statement>, Vec<_>) = some.iter().cloned().unzip();
            loop {
                recording.begin().await?;
                let batch = statements.iter().cloned().fold(Batch::new(label), Batch::with);
                if recording.commit(batch, deeds.clone()).await? {
                    break;
                }
            }
        }
        Ok(())
    }
}

impl Imported {
    /// Whether there is something to write.
    fn count<T: PartialEq>(&mut self, old: Option<&T>, new: &T) -> bool {
        let counter = match old {
            None => &mut self.added,
            Some(old) if old == new => &mut self.same,
            Some(_) => &mut self.changed,
        };
        *counter += 1;
        old != Some(new)
    }
}

/// How many units stand above one; `None` when they stand in a circle.
fn depth(above: &HashMap<UnitId, UnitId>, unit: UnitId) -> Option<usize> {
    std::iter::successors(Some(unit), |it| above.get(it).copied())
        .take(above.len() + 2)
        .count()
        .checked_sub(1)
        .filter(|depth| *depth <= above.len())
}

/// A file being read: its rows, and what is wrong with them.
struct Sheet {
    rows: Vec<Line>,
    errors: Vec<FieldError>,
}

/// One row, its columns by name.
struct Line {
    line: u64,
    cells: BTreeMap<&'static str, String>,
}

impl Sheet {
    fn read(file: &[u8], columns: &[&'static str]) -> Result<Sheet, AppError> {
        let file = file.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(file);
        let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(file);
        let heading = reader.headers().cloned().unwrap_or_default();
        let at = |name: &str| heading.iter().position(|it| it.eq_ignore_ascii_case(name));
        let missing: Vec<&str> = columns.iter().copied().filter(|it| at(it).is_none()).collect();
        if !missing.is_empty() {
            let detail = format!(
                "the heading must have the columns {}; missing: {}",
                columns.join(","),
                missing.join(",")
            );
            return Err(AppError::field("/rows/1", "missing", detail));
        }
        let mut sheet = Sheet { rows: Vec::new(), errors: Vec::new() };
        let mut record = StringRecord::new();
        loop {
            let line = reader.position().line();
            match reader.read_record(&mut record) {
                Ok(false) => break,
                Ok(true) => {
                    let line = record.position().map_or(line, csv::Position::line);
                    let cell = |name| at(name).and_then(|at| record.get(at)).unwrap_or_default().to_owned();
                    let cells = columns.iter().map(|name| (*name, cell(name))).collect();
                    sheet.rows.push(Line { line, cells });
                }
                Err(error) => {
                    let line = error.position().map_or(line, csv::Position::line);
                    let what = if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) {
                        "this row is not UTF-8"
                    } else {
                        "this row cannot be read"
                    };
                    sheet.wrong(line, "", "format", what.to_owned());
                    if sheet.errors.len() >= TOLD {
                        break;
                    }
                }
            }
        }
        Ok(sheet)
    }

    fn take(&mut self) -> Vec<Line> {
        std::mem::take(&mut self.rows)
    }

    /// What a row says, or `None` with its errors noted.
    fn keep<T>(&mut self, line: u64, read: impl FnOnce() -> Result<T, AppError>) -> Option<T> {
        match read() {
            Ok(it) => Some(it),
            Err(AppError::Invalid(fields)) => {
                for field in fields {
                    self.wrong(line, field.path.trim_start_matches('/'), field.code, field.detail);
                }
                None
            }
            Err(other) => {
                self.wrong(line, "", "format", other.to_string());
                None
            }
        }
    }

    fn wrong(&mut self, line: u64, column: &str, code: &'static str, detail: String) {
        if self.errors.len() < TOLD {
            let path = format!("/rows/{line}/{column}").trim_end_matches('/').to_owned();
            self.errors.push(FieldError { path, code, detail });
        }
    }

    fn done(&mut self) -> Result<(), AppError> {
        let errors = std::mem::take(&mut self.errors);
        if errors.is_empty() { Ok(()) } else { Err(AppError::Invalid(errors)) }
    }
}

impl Line {
    fn get(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }

    fn unknown(&self, column: &str) -> AppError {
        let detail = format!("there is no {column} {:?}", self.get(column));
        AppError::field(&format!("/{column}"), "unknown", detail)
    }

    fn ground<'a>(&self, column: &str, all: &'a HashMap<String, Ground>) -> Result<&'a Ground, AppError> {
        all.get(self.get(column)).ok_or_else(|| self.unknown(column))
    }

    fn day(&self, column: &str) -> Result<Date, AppError> {
        let detail = || format!("{:?} is no day: write it as 2026-03-02", self.get(column));
        let day = self.get(column).parse();
        day.map_err(|_| AppError::field(&format!("/{column}"), "format", detail()))
    }
}
