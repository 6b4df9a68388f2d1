//! XLSForm, as ODK, KoBo and others have it: a workbook with the sheets `survey`, `choices` and `settings`.
//!
//! Columns beyond the standard's: `fails` (when an answer fails), `class` (of the case it becomes), `element` (data
//! element), and in `settings` `owner`, `use`, `minutes`, `class`. What is wrong is told by sheet, row and column.
//! What only a phone's programs need (`start`, `appearance`, `default`…) is passed over and said so; what would change
//! the meaning (`repeat`, `calculate`…) is refused. Device and sim numbers are never taken.

use std::collections::{BTreeMap, BTreeSet};

use domain::class::Label;
use domain::form::{Choice, FormDoc, FormUse, ItemDoc, ItemKind};
use sheet::{Limits, Sheet, column_letters, read};

use crate::{AppError, FieldError};

/// A form read from a workbook.
#[derive(Clone, Debug, PartialEq)]
pub struct XlsForm {
    /// The form.
    pub doc: FormDoc,
    /// What was passed over, in words.
    pub notes: Vec<String>,
    /// Row of each item in the sheet `survey`, from 1.
    rows: Vec<usize>,
    /// Columns of `survey` by name, from 0.
    columns: BTreeMap<&'static str, usize>,
}

/// What the caller says that the workbook need not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Defaults {
    /// Code, in place of `form_id`.
    pub code: Option<String>,
    /// Department that asks.
    pub owner: Option<String>,
    /// What it is filled in for.
    pub used: Option<FormUse>,
    /// Estimated minutes.
    pub minutes: Option<u16>,
}

impl XlsForm {
    /// Tells a fault of an item by its sheet, row and column: `/items/2/relevant` becomes `survey!F4`.
    pub fn placed(&self, mut fault: FieldError) -> FieldError {
        let found = fault.path.strip_prefix("/items/").and_then(|rest| rest.split_once('/'));
        if let Some((at, field)) = found
            && let Some(row) = at.parse().ok().and_then(|at: usize| self.rows.get(at))
        {
            let column =
                self.columns.get(column_of(field)).map_or_else(String::new, |at| column_letters(*at));
            let place =
                if column.is_empty() { format!("row {row}") } else { format!("row {row}, column {column}") };
            fault.path = format!("/survey/{column}{row}");
            fault.detail = format!("sheet survey, {place}: {}", fault.detail);
        } else if let Some(field) = fault.path.strip_prefix('/') {
            let column = match field {
                "code" => "form_id",
                "title" => "form_title",
                field => field,
            };
            fault.detail = format!("sheet settings, column {column}: {}", fault.detail);
            fault.path = format!("/settings/{column}");
        }
        fault
    }
}

/// The column of the sheet in which a field of an item stands.
fn column_of(field: &str) -> &str {
    match field {
        "says" => "constraint_message",
        "within" | "choices" => "type",
        field => field,
    }
}

/// Reads a workbook. Everything that cannot be read is said at once.
pub fn read_xlsform(bytes: &[u8], defaults: &Defaults) -> Result<XlsForm, AppError> {
    let sheets =
        read(bytes, &Limits::default()).map_err(|why| AppError::field("/file", "format", why.to_string()))?;
    let named = |name: &str| sheets.iter().find(|it| it.name().trim().eq_ignore_ascii_case(name));
    let Some(survey) = named("survey") else {
        let detail = "an XLSForm is a workbook (.xlsx) with the sheets survey, choices and settings; there is no sheet survey";
        return Err(AppError::field("/file", "format", detail));
    };
    let mut faults = Faults(Vec::new());
    let mut notes = Vec::new();
    let columns = Columns::of(survey, "survey", SURVEY, &mut faults, &mut notes);
    let lists = choices(named("choices"), &mut faults, &mut notes);
    let mut doc = settings(named("settings"), defaults, &mut faults, &mut notes);
    let mut reading =
        Survey { sheet: survey, columns: &columns, lists: &lists, open: Vec::new(), used: BTreeSet::new() };
    let mut rows = Vec::new();
    for row in 1..survey.height() {
        if let Some(item) = reading.row(row, &mut faults, &mut notes) {
            doc.items.push(item);
            rows.push(row + 1);
        }
    }
    for (name, row) in &reading.open {
        faults.at(
            survey,
            *row,
            columns.column("type"),
            format!("the group {name} has no end; add a row end_group"),
        );
    }
    for unused in lists.keys().filter(|it| !reading.used.contains(*it)) {
        notes.push(format!("sheet choices: the list {unused} is used by no question"));
    }
    if faults.0.is_empty() {
        Ok(XlsForm { doc, notes, rows, columns: columns.known })
    } else {
        Err(AppError::Invalid(faults.0))
    }
}

struct Faults(Vec<FieldError>);

impl Faults {
    /// By row and column from 0.
    fn at(&mut self, sheet: &Sheet, row: usize, column: Option<usize>, why: impl Into<String>) {
        let name = sheet.name().trim().to_lowercase();
        let letters = column.map(column_letters).unwrap_or_default();
        let place = match column {
            Some(_) => format!("sheet {name}, row {}, column {letters}", row + 1),
            None => format!("sheet {name}, row {}", row + 1),
        };
        let path = format!("/{name}/{letters}{}", row + 1);
        self.0.push(FieldError { path, code: "format", detail: format!("{place}: {}", why.into()) });
    }
}

const SURVEY: &[&str] = &[
    "type",
    "name",
    "required",
    "constraint",
    "relevant",
    "element",
    "fails",
    "class",
    "calculation",
    "repeat_count",
    "choice_filter",
    "trigger",
];
/// Columns of the sheet `settings`.
const SETTINGS: &[&str] = &[
    "form_title",
    "form_id",
    "id_string",
    "title",
    "owner",
    "use",
    "minutes",
    "class",
    "version",
    "default_language",
    "style",
    "instance_name",
    "public_key",
    "submission_url",
];
const CHOICES: &[&str] = &["list_name", "list name", "name", "value"];
const SPOKEN: &[&str] = &["label", "hint", "constraint_message"];
/// Columns that make no difference to what is asked.
const PASSED_OVER: &[&str] = &[
    "appearance",
    "default",
    "parameters",
    "read_only",
    "readonly",
    "required_message",
    "guidance_hint",
    "media",
    "image",
    "note",
    "notes",
    "disabled",
    "body::accuracythreshold",
    "save_to",
];

/// Where the columns of a sheet stand.
struct Columns {
    known: BTreeMap<&'static str, usize>,
    /// Columns of words, with their language.
    spoken: Vec<(&'static str, Tongue, usize)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tongue {
    Zh,
    En,
    Any,
}

impl Columns {
    fn of(
        sheet: &Sheet,
        what: &str,
        wanted: &'static [&'static str],
        faults: &mut Faults,
        notes: &mut Vec<String>,
    ) -> Columns {
        let mut it = Columns { known: BTreeMap::new(), spoken: Vec::new() };
        for column in 0..sheet.width() {
            let heading = sheet.cell(0, column).text().trim().to_lowercase();
            let (base, tongue) = match heading.split_once(':') {
                Some((base, tongue)) => (base.trim(), tongue.trim_start_matches(':').trim()),
                None => (heading.as_str(), ""),
            };
            let bind = if base == "bind" { tongue } else { base };
            if let Some(name) = SPOKEN.iter().find(|it| **it == base) {
                match tongue_of(tongue) {
                    Some(tongue) => it.spoken.push((name, tongue, column)),
                    None => notes.push(format!(
                        "sheet {what}, column {}: the language {tongue} is passed over",
                        column_letters(column)
                    )),
                }
            } else if let Some(name) = wanted.iter().find(|it| **it == bind) {
                if it.known.insert(name, column).is_some() {
                    faults.at(sheet, 0, Some(column), format!("the column {name} is there twice"));
                }
            } else if !heading.is_empty() && !PASSED_OVER.contains(&base) {
                notes.push(format!(
                    "sheet {what}, column {}: {heading} is passed over",
                    column_letters(column)
                ));
            }
        }
        it
    }

    fn column(&self, name: &str) -> Option<usize> {
        let spoken = || self.spoken.iter().find(|(it, _, _)| *it == name).map(|(_, _, column)| *column);
        self.known.get(name).copied().or_else(spoken)
    }

    fn text(&self, sheet: &Sheet, row: usize, name: &str) -> String {
        self.known
            .get(name)
            .map_or_else(String::new, |column| sheet.cell(row, *column).text().trim().to_owned())
    }

    /// In both languages: what is there in none of the two, or in one, stands for both.
    fn label(&self, sheet: &Sheet, row: usize, name: &str) -> Label {
        let of = |tongue| {
            let columns = self.spoken.iter().filter(|(it, its, _)| *it == name && *its == tongue);
            columns
                .map(|(_, _, column)| sheet.cell(row, *column).text().trim().to_owned())
                .find(|it| !it.is_empty())
        };
        let (zh, en, any) = (of(Tongue::Zh), of(Tongue::En), of(Tongue::Any));
        let or = |one: &Option<String>, other: &Option<String>| {
            one.clone().or_else(|| any.clone()).or_else(|| other.clone()).unwrap_or_default()
        };
        Label::new(or(&zh, &en), or(&en, &zh))
    }
}

fn tongue_of(text: &str) -> Option<Tongue> {
    let inner = text.rsplit_once('(').map_or(text, |(_, code)| code.trim_end_matches(')'));
    match inner {
        "" => Some(Tongue::Any),
        it if it.starts_with("zh") || it.contains("中文") || it.contains("chinese") => Some(Tongue::Zh),
        it if it.starts_with("en") || it.contains("英文") => Some(Tongue::En),
        _ => None,
    }
}

fn choices(
    sheet: Option<&Sheet>,
    faults: &mut Faults,
    notes: &mut Vec<String>,
) -> BTreeMap<String, Vec<Choice>> {
    let mut lists: BTreeMap<String, Vec<Choice>> = BTreeMap::new();
    let Some(sheet) = sheet else { return lists };
    let columns = Columns::of(sheet, "choices", CHOICES, faults, notes);
    let first = |row, names: [&str; 2]| {
        names.iter().map(|it| columns.text(sheet, row, it)).find(|it| !it.is_empty()).unwrap_or_default()
    };
    for row in (1..sheet.height()).filter(|row| !sheet.is_blank(*row)) {
        let (list, name) = (first(row, ["list_name", "list name"]), first(row, ["name", "value"]));
        let label = columns.label(sheet, row, "label");
        if list.is_empty() {
            let column = columns.column("list_name").or_else(|| columns.column("list name"));
            faults.at(sheet, row, column, "name the list that this choice belongs to");
        } else if name.is_empty() {
            faults.at(sheet, row, columns.column("name"), "a choice needs a name: it is what answers say");
        } else if label.zh.is_empty() {
            faults.at(sheet, row, columns.column("label"), "a choice needs a label: it is what people read");
        } else {
            lists.entry(list).or_default().push(Choice { name, label });
        }
    }
    lists
}

fn settings(
    sheet: Option<&Sheet>,
    defaults: &Defaults,
    faults: &mut Faults,
    notes: &mut Vec<String>,
) -> FormDoc {
    let columns = sheet.map(|it| Columns::of(it, "settings", SETTINGS, faults, notes));
    let row = sheet.and_then(|it| (1..it.height()).find(|row| !it.is_blank(*row)));
    let text = |name: &str| match (sheet, &columns, row) {
        (Some(sheet), Some(columns), Some(row)) => columns.text(sheet, row, name),
        _ => String::new(),
    };
    let mut wrong = |name: &str, why: &str| {
        if let (Some(sheet), Some(columns), Some(row)) = (sheet, &columns, row) {
            faults.at(sheet, row, columns.column(name), why);
        }
    };
    let or = |first: String, second: String| if first.is_empty() { second } else { first };
    let used = match text("use").as_str() {
        "" => defaults.used.unwrap_or(FormUse::Inspection),
        "inspection" => FormUse::Inspection,
        "observation" => FormUse::Observation,
        _ => {
            wrong("use", "write inspection or observation");
            FormUse::Inspection
        }
    };
    let minutes = match text("minutes").as_str() {
        "" => defaults.minutes.unwrap_or(0),
        it => it.parse().unwrap_or_else(|_| {
            wrong("minutes", "write whole minutes, 1 to 240");
            1
        }),
    };
    let title = or(text("form_title"), text("title"));
    if !text("public_key").is_empty() {
        notes.push(
            "sheet settings: answers are encrypted by this platform, public_key is passed over".to_owned(),
        );
    }
    FormDoc {
        code: defaults.code.clone().unwrap_or_else(|| or(text("form_id"), text("id_string"))),
        title: two_of(&title),
        owner: defaults.owner.clone().unwrap_or_else(|| text("owner")),
        used,
        minutes,
        class: text("class"),
        retired: false,
        items: Vec::new(),
    }
}

/// `校园检查 / School check` is a title in two languages; one language stands for both.
fn two_of(title: &str) -> Label {
    match title.split_once('/') {
        Some((zh, en)) if !zh.trim().is_empty() && !en.trim().is_empty() => Label::new(zh.trim(), en.trim()),
        _ => Label::new(title, title),
    }
}

struct Survey<'a> {
    sheet: &'a Sheet,
    columns: &'a Columns,
    lists: &'a BTreeMap<String, Vec<Choice>>,
    /// Groups that were begun, with their rows.
    open: Vec<(String, usize)>,
    used: BTreeSet<String>,
}

impl Survey<'_> {
    fn row(&mut self, row: usize, faults: &mut Faults, notes: &mut Vec<String>) -> Option<ItemDoc> {
        let (sheet, columns) = (self.sheet, self.columns);
        let text = |name: &str| columns.text(sheet, row, name);
        let column = |name: &str| columns.column(name);
        let said = text("type");
        if said.is_empty() {
            if !sheet.is_blank(row) {
                faults.at(
                    sheet,
                    row,
                    column("type"),
                    "a question needs a type: text, integer, select_one LIST…",
                );
            }
            return None;
        }
        let (first, rest) = said.split_once(char::is_whitespace).unwrap_or((&said, ""));
        let (first, rest) = (first.to_lowercase(), rest.trim());
        let word = if matches!(first.as_str(), "begin" | "end") {
            format!("{first}_{}", rest.to_lowercase())
        } else {
            first
        };
        for (name, instead) in [
            ("calculation", "is not taken: the platform computes from answers itself; leave the row out"),
            ("repeat_count", "is not taken: one form is filled in once for each place"),
            ("choice_filter", "is not taken; ask two questions with relevant instead"),
            ("trigger", "is not taken; leave it out"),
        ] {
            if !text(name).is_empty() {
                faults.at(sheet, row, column(name), format!("{name} {instead}"));
            }
        }
        let kind = match word.as_str() {
            "end_group" => {
                if self.open.pop().is_none() {
                    faults.at(sheet, row, column("type"), "no group is open here; take this end_group out");
                }
                return None;
            }
            "start" | "end" | "today" | "start-geopoint" | "username" | "audit" => {
                notes.push(format!(
                    "sheet survey, row {}: {word} is passed over; the platform knows it",
                    row + 1
                ));
                return None;
            }
            "begin_group" => ItemKind::Group,
            "text" | "string" => ItemKind::Text,
            "integer" | "int" => ItemKind::Integer,
            "decimal" => ItemKind::Decimal,
            "date" => ItemKind::Date,
            "time" => ItemKind::Time,
            "select_one" => ItemKind::SelectOne,
            "select_multiple" => ItemKind::SelectMultiple,
            "image" | "photo" => ItemKind::Photo,
            "geopoint" | "place" => ItemKind::Geopoint,
            "note" => ItemKind::Note,
            _ => {
                faults.at(sheet, row, column("type"), unknown(&word));
                return None;
            }
        };
        let item = ItemDoc {
            name: text("name"),
            kind,
            label: columns.label(sheet, row, "label"),
            hint: columns.label(sheet, row, "hint"),
            within: self.open.last().map(|(name, _)| name.clone()).unwrap_or_default(),
            required: self.required(row, faults),
            constraint: text("constraint"),
            says: columns.label(sheet, row, "constraint_message"),
            relevant: text("relevant"),
            choices: self.choices(row, kind, rest, faults),
            element: text("element"),
            fails: text("fails"),
            class: text("class"),
        };
        if kind == ItemKind::Group {
            self.open.push((item.name.clone(), row));
        }
        Some(item)
    }

    fn required(&self, row: usize, faults: &mut Faults) -> bool {
        let text = self.columns.text(self.sheet, row, "required").to_lowercase();
        match text.as_str() {
            "" | "no" | "false" | "false()" | "0" | "否" => false,
            "yes" | "true" | "true()" | "1" | "是" => true,
            _ => {
                let why = "write yes or no; a condition belongs into relevant";
                faults.at(self.sheet, row, self.columns.column("required"), why);
                false
            }
        }
    }

    fn choices(&mut self, row: usize, kind: ItemKind, list: &str, faults: &mut Faults) -> Vec<Choice> {
        if !kind.has_choices() {
            return Vec::new();
        }
        let list = list.split_whitespace().next().unwrap_or_default();
        self.used.insert(list.to_owned());
        if let Some(found) = self.lists.get(list) {
            return found.clone();
        }
        let known: Vec<&str> = self.lists.keys().map(String::as_str).take(12).collect();
        let why = if list.is_empty() {
            format!("name the list of choices: {} LIST", kind.as_str())
        } else if known.is_empty() {
            format!("there is no list {list}: the sheet choices is empty or missing")
        } else {
            format!("there is no list {list} in the sheet choices; there are {}", known.join(", "))
        };
        faults.at(self.sheet, row, self.columns.column("type"), why);
        Vec::new()
    }
}

fn unknown(word: &str) -> String {
    let instead = match word {
        "begin_repeat" | "end_repeat" => "a repeat is not taken: inspect each thing by itself",
        "calculate" | "hidden" => "it is not taken: leave the row out",
        "deviceid" | "phonenumber" | "simserial" | "subscriberid" | "email" => {
            "numbers of devices and people are not taken: leave the row out"
        }
        "datetime" => "ask for date and time in two questions",
        "geotrace" | "geoshape" => "a track or outline is not taken; ask for a geopoint",
        "audio" | "video" | "file" | "barcode" | "background-audio" => "take a picture: image",
        "range" => "ask for an integer with a constraint",
        "rank" => "ask with select_one or select_multiple",
        "acknowledge" | "trigger" => "ask with select_one",
        _ => {
            "there are text, integer, decimal, date, time, select_one, select_multiple, image, geopoint, note, begin_group, end_group"
        }
    };
    format!("{word}: {instead}")
}
