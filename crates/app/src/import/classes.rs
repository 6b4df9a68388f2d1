//! Classes of case from CSV files whose columns are the fields of `domain::class::ClassRow`.

use super::ImportError;
use super::mapping::unfit;
use crate::App;
use crate::bulk::save_bundle;
use crate::city::kind;
use domain::class::{ClassRow, Dictionary};
use store::bundle;

/// Reads a dictionary and makes it the one that holds from now on; how many classes, and whether anything changed.
pub async fn import_classes(app: &App, file: &[u8]) -> Result<(usize, bool), ImportError> {
    let mut csv = csv::Reader::from_reader(file);
    let rows = csv.deserialize().collect::<Result<Vec<ClassRow>, _>>()?;
    let now = app.clock.now();
    let held = bundle::newest(&app.store, kind::CLASSES, now).await?;
    let body = serde_json::to_string(&rows).expect("rows are plain data");
    if held.as_ref().is_some_and(|(_, old)| *old == body) {
        return Ok((rows.len(), false));
    }
    Dictionary::new(1, &rows).map_err(|faults| unfit(faults.to_string()))?;
    save_bundle(&app.store, kind::CLASSES, now, &rows).await?;
    app.refresh().await?;
    Ok((rows.len(), true))
}
