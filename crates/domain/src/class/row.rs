//! A class as a row of a data file, and everything that can be wrong with it.
//!
//! Rows are plain text so that a fault can name the row, the column and the fix. Reading CSV is the shell's.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Class, Clocks, Evidence, Label, Major, Urgency};
use crate::clock::{Span, SpanFault};
use crate::id::ClassCode;

/// A row of a dictionary file; the columns are the fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    missing_docs,
    reason = "the columns of the file; their meaning is told at `Class`, `Clocks`, `Evidence`"
)]
pub struct ClassRow {
    pub code: String,
    pub major: String,
    pub major_zh: String,
    pub major_en: String,
    pub zh: String,
    pub en: String,
    pub standard: String,
    pub standard_code: String,
    pub service_code: String,
    pub urgency: String,
    pub private: bool,
    pub retired: bool,
    pub verify: String,
    pub file: String,
    pub dispatch: String,
    pub accept: String,
    pub handle: String,
    pub check: String,
    pub answer: String,
    pub confirm: String,
    pub before_photos: u8,
    pub after_photos: u8,
    pub document: bool,
    pub filing_zh: String,
    pub filing_en: String,
    pub closing_zh: String,
    pub closing_en: String,
}

/// A fault of a dictionary, with the row it is in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClassFault {
    /// The code is empty, too long or not plain.
    #[error("row {row}: code `{code}` cannot be used; write 1 to 16 ASCII letters or digits")]
    Code {
        /// Counted from 1 without the header.
        row: usize,
        /// As written.
        code: String,
    },
    /// The code is not in its major.
    #[error("row {row}: class {code} does not begin with its major `{major}`; correct one of them")]
    Major {
        /// Counted from 1 without the header.
        row: usize,
        /// The class.
        code: String,
        /// Its major.
        major: String,
    },
    /// Two rows have the same code or service code.
    #[error("row {row}: {column} `{value}` is already used in row {first}; a code is never used twice")]
    Twice {
        /// Counted from 1 without the header.
        row: usize,
        /// `code` or `service_code`.
        column: &'static str,
        /// As written.
        value: String,
        /// The row that had it first.
        first: usize,
    },
    /// A name or criterion is missing.
    #[error("row {row}: class {code} has no `{column}`; both languages are shown, so both are needed")]
    Empty {
        /// Counted from 1 without the header.
        row: usize,
        /// The class.
        code: String,
        /// The empty column.
        column: &'static str,
    },
    /// A clock is not a span.
    #[error("row {row}: class {code}, clock `{column}`: {why}")]
    Clock {
        /// Counted from 1 without the header.
        row: usize,
        /// The class.
        code: String,
        /// The stage.
        column: &'static str,
        /// What is wrong with it.
        why: SpanFault,
    },
    /// The urgency is none of ours.
    #[error("row {row}: class {code}: urgency `{urgency}` is unknown; write ordinary, urgent or emergency")]
    Urgency {
        /// Counted from 1 without the header.
        row: usize,
        /// The class.
        code: String,
        /// As written.
        urgency: String,
    },
    /// A major is called differently in two rows.
    #[error("row {row}: major `{major}` has another name than in row {first}; give it one name")]
    MajorName {
        /// Counted from 1 without the header.
        row: usize,
        /// The major.
        major: String,
        /// The row that named it first.
        first: usize,
    },
}

/// Everything that is wrong with a dictionary, one fault a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct ClassFaults(pub Vec<ClassFault>);

/// The classes of the rows, or every fault.
pub(super) fn check(rows: &[ClassRow]) -> Result<Vec<Class>, ClassFaults> {
    let mut faults = Vec::new();
    let classes = rows.iter().zip(1..).filter_map(|(row, number)| class(row, number, &mut faults)).collect();
    check_uniqueness(rows, &mut faults);
    if faults.is_empty() { Ok(classes) } else { Err(ClassFaults(faults)) }
}

/// The class of one row. `None` only together with a fault.
fn class(row: &ClassRow, number: usize, faults: &mut Vec<ClassFault>) -> Option<Class> {
    let code = || row.code.clone();
    if row.code.is_empty() || row.code.len() > 16 || !row.code.bytes().all(|b| b.is_ascii_alphanumeric()) {
        faults.push(ClassFault::Code { row: number, code: code() });
    } else if row.major.is_empty() || !row.code.starts_with(&row.major) || row.code == row.major {
        faults.push(ClassFault::Major { row: number, code: code(), major: row.major.clone() });
    }
    for (column, text) in row.texts() {
        if text.trim().is_empty() {
            faults.push(ClassFault::Empty { row: number, code: code(), column });
        }
    }
    let urgency = match row.urgency.as_str() {
        "ordinary" => Some(Urgency::Ordinary),
        "urgent" => Some(Urgency::Urgent),
        "emergency" => Some(Urgency::Emergency),
        _ => {
            faults.push(ClassFault::Urgency { row: number, code: code(), urgency: row.urgency.clone() });
            None
        }
    };
    let clocks = clocks(row, number, faults);
    Some(Class {
        code: ClassCode(row.code.clone()),
        name: Label::new(&row.zh, &row.en),
        major: Major { code: row.major.clone(), name: Label::new(&row.major_zh, &row.major_en) },
        standard: row.standard.clone(),
        standard_code: row.standard_code.clone(),
        service_code: row.service_code.clone(),
        urgency: urgency?,
        private: row.private,
        retired: row.retired,
        clocks: clocks?,
        evidence: Evidence {
            before_photos: row.before_photos,
            after_photos: row.after_photos,
            document: row.document,
        },
        filing: Label::new(&row.filing_zh, &row.filing_en),
        closing: Label::new(&row.closing_zh, &row.closing_en),
    })
}

fn clocks(row: &ClassRow, number: usize, faults: &mut Vec<ClassFault>) -> Option<Clocks> {
    let mut span = |column, text: &str| -> Option<Span> {
        let fault = |why| ClassFault::Clock { row: number, code: row.code.clone(), column, why };
        text.parse().map_err(|why| faults.push(fault(why))).ok()
    };
    // All are read before the first missing one ends the reading, so that every fault is told.
    let (verify, file) = (span("verify", &row.verify), span("file", &row.file));
    let (dispatch, accept) = (span("dispatch", &row.dispatch), span("accept", &row.accept));
    let (handle, check) = (span("handle", &row.handle), span("check", &row.check));
    let (answer, confirm) = (span("answer", &row.answer), span("confirm", &row.confirm));
    Some(Clocks {
        verify: verify?,
        file: file?,
        dispatch: dispatch?,
        accept: accept?,
        handle: handle?,
        check: check?,
        answer: answer?,
        confirm: confirm?,
    })
}

fn check_uniqueness(rows: &[ClassRow], faults: &mut Vec<ClassFault>) {
    let (mut codes, mut service_codes, mut majors) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for (row, number) in rows.iter().zip(1..) {
        for (column, value, seen) in
            [("code", &row.code, &mut codes), ("service_code", &row.service_code, &mut service_codes)]
        {
            let first = *seen.entry(value).or_insert(number);
            if first != number {
                faults.push(ClassFault::Twice { row: number, column, value: value.clone(), first });
            }
        }
        let (first, zh, en) = *majors.entry(&row.major).or_insert((number, &row.major_zh, &row.major_en));
        if (zh, en) != (&row.major_zh, &row.major_en) {
            faults.push(ClassFault::MajorName { row: number, major: row.major.clone(), first });
        }
    }
}

impl ClassRow {
    fn texts(&self) -> [(&'static str, &str); 9] {
        [
            ("zh", &self.zh),
            ("en", &self.en),
            ("major_zh", &self.major_zh),
            ("major_en", &self.major_en),
            ("service_code", &self.service_code),
            ("filing_zh", &self.filing_zh),
            ("filing_en", &self.filing_en),
            ("closing_zh", &self.closing_zh),
            ("closing_en", &self.closing_en),
        ]
    }
}
