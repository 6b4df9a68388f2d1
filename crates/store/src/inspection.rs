//! Inspections, what failed in them and became cases, and their pictures. The same stands in the places' streams.

use domain::id::{AttachmentId, CaseId, ClassCode, InspectionId, PersonId, PlaceId, UnitId};
use domain::place::Finding;
use jiff::Timestamp;

use crate::case::{Where, time};
use crate::{Fault, Row, Statement, Store, params};

const INSERT: &str =
    "insert into inspection (id, place_id, version, form, form_version, person_id, unit_id, answers,
    failed, n_failed, note, day, made_ms, saved_ms)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
const CASE: &str = "insert into inspection_case (inspection_id, case_id, class_code) values ($1, $2, $3)";
const PHOTO: &str = "insert into inspection_photo (inspection_id, attachment_id) values ($1, $2)";
const ONE: &str = "select id, place_id, version, form, form_version, person_id, unit_id, answers, failed, note, day, made_ms,
    saved_ms from inspection where id = $1";
const OF_PLACE: &str =
    "select id, place_id, version, form, form_version, person_id, unit_id, answers, failed, note, day,
    made_ms, saved_ms from inspection where place_id = $1 and (made_ms, id) < ($2, $3)
    order by made_ms desc, id desc limit $4";
const OF_CASE: &str = "select i.id, i.place_id, p.sort, p.kind, p.name, p.name_en from inspection_case c
    join inspection i on i.id = c.inspection_id join place p on p.id = i.place_id where c.case_id = $1";
const PHOTOS: &str =
    "select attachment_id from inspection_photo where inspection_id = $1 order by attachment_id";

/// Statements of this file, to be prepared on both databases by a test.
pub const SQL: &[&str] = &[INSERT, CASE, PHOTO, ONE, OF_PLACE, OF_CASE, PHOTOS];

/// One inspection.
#[derive(Clone, Debug, PartialEq)]
pub struct Inspection {
    /// The place.
    pub place: PlaceId,
    /// The version of the place that it made.
    pub version: u32,
    /// Who, and for which unit.
    pub by: (Option<PersonId>, Option<UnitId>),
    /// What was found. `seconds` is not kept here: what forms cost is told in aggregates only.
    pub finding: Finding,
    /// When it came in.
    pub saved: Timestamp,
}

/// Where a case was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The inspection.
    pub inspection: InspectionId,
    /// The place.
    pub place: PlaceId,
    /// place or thing.
    pub sort: String,
    /// Code of its kind.
    pub kind: String,
    /// What people call the place.
    pub name: String,
    /// The same in English; may be empty.
    pub name_en: String,
}

impl Inspection {
    /// What saves it with its cases and pictures; those are there before.
    pub fn insert(&self, photos: &[AttachmentId]) -> Vec<Statement> {
        let it = &self.finding;
        let json = |text: serde_json::Result<String>| text.expect("answers are plain data");
        let values = params![
            it.inspection.0,
            self.place.0,
            self.version,
            it.form.as_str(),
            it.form_version,
            self.by.0.map(|it| it.0),
            self.by.1.map(|it| it.0),
            json(serde_json::to_string(&it.answers)),
            json(serde_json::to_string(&it.failed)),
            it.failed.len() as i64,
            it.note.as_str(),
            it.day,
            it.made_ms,
            self.saved.as_millisecond()
        ];
        let mut all = vec![Statement::new(INSERT, values).expecting(1)];
        all.extend(it.cases.iter().map(|(class, case)| {
            Statement::new(CASE, params![it.inspection.0, case.0, class.0.as_str()]).expecting(1)
        }));
        all.extend(
            photos.iter().map(|photo| Statement::new(PHOTO, params![it.inspection.0, photo.0]).expecting(1)),
        );
        all
    }

    fn read(row: &Row) -> Result<Inspection, Fault> {
        let nonsense = |column: &str, why: serde_json::Error| Fault::Nonsense {
            what: format!("column {column}"),
            why: why.to_string(),
        };
        let finding = Finding {
            inspection: InspectionId(row.uuid("id")?),
            form: row.text("form")?,
            form_version: row.int("form_version")? as u32,
            answers: serde_json::from_str(&row.text("answers")?).map_err(|why| nonsense("answers", why))?,
            failed: serde_json::from_str(&row.text("failed")?).map_err(|why| nonsense("failed", why))?,
            cases: Vec::new(),
            note: row.text("note")?,
            made_ms: row.int("made_ms")?,
            day: row.int("day")? as i32,
            seconds: None,
        };
        Ok(Inspection {
            place: PlaceId(row.uuid("place_id")?),
            version: row.int("version")? as u32,
            by: (
                row.opt_uuid("person_id")?.map(PersonId),
                row.opt_int("unit_id")?.map(|it| UnitId(it as u32)),
            ),
            finding,
            saved: time(row, "saved_ms")?,
        })
    }
}

/// One inspection, with its cases.
pub async fn one(store: &Store, id: InspectionId) -> Result<Option<Inspection>, Fault> {
    let found = store.row(ONE, params![id.0]).await?.as_ref().map(Inspection::read).transpose()?;
    let mut found: Vec<Inspection> = found.into_iter().collect();
    with_cases(store, &mut found).await?;
    Ok(found.pop())
}

/// Inspections of a place with their cases, the newest first, before one that was shown already.
pub async fn of_place(
    store: &Store,
    place: PlaceId,
    before: Option<(i64, InspectionId)>,
    limit: u32,
) -> Result<Vec<Inspection>, Fault> {
    let (at_ms, id) = before.map_or((i64::MAX, uuid::Uuid::max()), |(at_ms, id)| (at_ms, id.0));
    let rows = store.rows(OF_PLACE, params![place.0, at_ms, id, limit]).await?;
    let mut found: Vec<Inspection> = rows.iter().map(Inspection::read).collect::<Result<_, _>>()?;
    with_cases(store, &mut found).await?;
    Ok(found)
}

async fn with_cases(store: &Store, found: &mut [Inspection]) -> Result<(), Fault> {
    if found.is_empty() {
        return Ok(());
    }
    let mut conditions = Where::new();
    conditions.any_of("inspection_id", found.iter().map(|it| it.finding.inspection.0));
    let sql = format!(
        "select inspection_id, case_id, class_code from inspection_case where {} order by class_code, case_id",
        conditions.sql()
    );
    for row in store.rows(&sql, conditions.params).await? {
        let id = InspectionId(row.uuid("inspection_id")?);
        let case = (ClassCode(row.text("class_code")?), CaseId(row.uuid("case_id")?));
        found
            .iter_mut()
            .filter(|it| it.finding.inspection == id)
            .for_each(|it| it.finding.cases.push(case.clone()));
    }
    Ok(())
}

/// Where a case was found, if in an inspection.
pub async fn of_case(store: &Store, case: CaseId) -> Result<Option<Source>, Fault> {
    let row = store.row(OF_CASE, params![case.0]).await?;
    row.map(|row| {
        Ok(Source {
            inspection: InspectionId(row.uuid("id")?),
            place: PlaceId(row.uuid("place_id")?),
            sort: row.text("sort")?,
            kind: row.text("kind")?,
            name: row.text("name")?,
            name_en: row.text("name_en")?,
        })
    })
    .transpose()
}

/// Pictures of an inspection.
pub async fn photos(store: &Store, id: InspectionId) -> Result<Vec<AttachmentId>, Fault> {
    let rows = store.rows(PHOTOS, params![id.0]).await?;
    rows.iter().map(|row| Ok(AttachmentId(row.uuid("attachment_id")?))).collect()
}
