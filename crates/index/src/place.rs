//! Puts an error at its row and column of the table it comes from, counted as a person counts: the header is row 1.
//! Errors of cells are placed by `io`; here are those that only a look at the whole table finds.

use crate::{error::IndexError, model::Meta, model::Units};

/// An error of the framework, at its cell of `iMeta`.
pub(crate) fn in_meta(meta: &Meta, problem: IndexError) -> IndexError {
    let (code, column) = match &problem {
        IndexError::UnknownParent { code, .. } | IndexError::ParentNotAggregate { code, .. } => {
            (code.as_str(), "Parent")
        }
        IndexError::Cycle { path } => (path.split(" -> ").next().unwrap_or_default(), "Parent"),
        // The second root is the one too many.
        IndexError::Roots { roots, .. } => (roots.split(", ").nth(1).unwrap_or_default(), "Parent"),
        IndexError::NoChildren { code } => (code.as_str(), "iCode"),
        IndexError::LevelOrder { code, .. } => (code.as_str(), "Level"),
        IndexError::BadWeight { code, .. } => (code.as_str(), "Weight"),
        _ => return problem,
    };
    match meta.entries.iter().position(|e| e.code == code) {
        Some(at) => IndexError::At {
            table: "iMeta".into(),
            place: format!("row {}, column {column}", at + 2),
            problem: Box::new(problem),
        },
        None => problem,
    }
}

/// An error of a value, at its cell of `iData`, whose rows are `units`.
pub(crate) fn in_data(units: &Units, problem: IndexError) -> IndexError {
    let row = |unit: &str| (0..units.len()).find(|&i| units.label(i) == *unit).map(|i| i + 2);
    let place = match &problem {
        IndexError::BadDenominator { unit, denominator, .. } => {
            row(unit).map(|r| format!("row {r}, column {denominator}"))
        }
        IndexError::Untreatable { unit, code, .. } | IndexError::InfiniteRate { unit, code, .. } => {
            row(unit).map(|r| format!("row {r}, column {code}"))
        }
        IndexError::Constant { code, .. } => Some(format!("rows 2 to {}, column {code}", units.len() + 1)),
        IndexError::NotPositive { unit, .. } => row(unit).map(|r| format!("row {r}")),
        IndexError::OneUnit { unit } => row(unit).map(|r| format!("row {r}, column uCode")),
        IndexError::AllMissing { code, .. } => Some(format!("rows 2 to {}, column {code}", units.len() + 1)),
        _ => None,
    };
    match place {
        Some(place) => IndexError::At { table: "iData".into(), place, problem: Box::new(problem) },
        None => problem,
    }
}
