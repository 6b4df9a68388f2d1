//! Figures that come as a file: read by `sheets`, with the place of each, so that what is wrong is told where it stands.

use domain::audit::sha256;
use domain::intake::Figure;
use domain::policy::Actor;
use sheet::Limits;
use store::intake::File;

use super::plan::{FigureIn, HandIn, whose};
use crate::index::followed::{counties, followed};
use crate::index::sheets::{County, Reading, read_figures};
use crate::{App, AppError, FieldError};

/// Most characters of a file's name that are kept.
const NAME: usize = 120;

/// What stood in a file.
#[derive(Clone, Debug)]
pub struct FileRead {
    /// What it hands in.
    pub asked: HandIn,
    /// Where each figure stood: `sheet 数据, row 3, column C`.
    pub places: Vec<String>,
    /// What cannot be read, by place. As long as there is any, nothing is saved.
    pub faults: Vec<FieldError>,
    /// What was passed over or read with some thought, in words.
    pub notes: Vec<String>,
}

impl FileRead {
    /// Tells of a figure by where it stood, and not by its number: `/figures/2/num` is its place and `num`.
    pub fn placed(&self, mut field: FieldError) -> FieldError {
        let rest = field.path.strip_prefix("/figures/").and_then(|rest| rest.split_once('/'));
        let found = rest.and_then(|(at, column)| Some((self.places.get(at.parse::<usize>().ok()?)?, column)));
        if let Some((place, column)) = found {
            field.path = format!("{place}: {column}");
        }
        field
    }
}

/// Reads a CSV or XLSX file against the framework. `asked` says of which department and month; its figures are those of
/// the file.
pub async fn read_file(
    app: &App,
    who: &Actor,
    asked: HandIn,
    name: &str,
    bytes: Vec<u8>,
) -> Result<FileRead, AppError> {
    whose(app, who, asked.department.as_deref())?;
    let (_, framework) = followed(app).await?;
    let (city, month) = (app.city(), asked.month);
    let file = File { name: name.chars().take(NAME).collect(), sha256: sha256(&bytes) };
    let all: Vec<County> = counties(&city, month).iter().map(|area| County::of(area)).collect();
    let reading = tokio::task::spawn_blocking(move || {
        let reading = Reading { framework: &framework, month, counties: &all };
        read_figures(&bytes, &reading, &Limits::default())
    });
    let read = reading.await.expect("reading a file does not panic");
    let read = read.map_err(|why| AppError::field("", "format", why.to_string()))?;
    let faults = read.faults.into_iter().map(|fault| FieldError {
        path: fault.place.to_string(),
        code: "format",
        detail: fault.why,
    });
    let code = |figure: &Figure| {
        city.area(figure.area).map_or_else(|| figure.area.to_string(), |area| area.code.as_str().to_owned())
    };
    let figures = read.figures.iter().map(|(figure, _)| FigureIn {
        indicator: figure.indicator.clone(),
        area: code(figure),
        num: figure.num,
        den: figure.den,
        value: figure.value,
        se: figure.se,
        n: figure.n,
        remark: figure.remark.clone(),
    });
    Ok(FileRead {
        asked: HandIn { file: Some(file), figures: figures.collect(), ..asked },
        places: read.figures.iter().map(|(_, place)| place.to_string()).collect(),
        faults: faults.collect(),
        notes: read.notes,
    })
}
