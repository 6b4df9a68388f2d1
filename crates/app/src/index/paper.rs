//! What goes out on paper: the ranking of an edition and the table that a department fills in. `sheets` draws them;
//! here they are looked up, as far as someone may see them.

use super::edition;
use super::followed::{counties, department, followed, permit};
use super::opened::open;
use super::sheets::{About, Asked, County, Lang, Ranking, ranking_of, stood, template};
use crate::city::City;
use crate::{App, AppError};
use domain::area::Level;
use domain::edition::State;
use domain::id::EditionId;
use domain::intake::Figure;
use domain::month::Month;
use domain::policy::{Actor, IndexAct};
use jiff::{Timestamp, ToSpan};
use sheet::Table;
use store::edition::Edition;

/// An edition that someone may see, ready to be written down, and the codes of its counties in the order of
/// [`Ranking::counties`].
pub async fn ranking(
    app: &App,
    who: &Actor,
    id: EditionId,
    lang: Lang,
) -> Result<(Edition, Ranking, Vec<String>), AppError> {
    let (found, opened) = open(app, who, id).await?;
    let fault = super::framework::refused;
    let before = match edition::before(app, who, found.month).await? {
        Some(earlier) => {
            let (_, earlier) = open(app, who, earlier.id).await?;
            stood(&earlier.materials, &earlier.made).map_err(fault)?
        }
        None => Vec::new(),
    };
    let city = app.city();
    let unit = |code: &str| name_of(&city, code, lang);
    let archive = found.sha256.to_string();
    let about = About {
        city: city.root().map_or("", |root| lang.pick(&root.name_zh, &root.name_en)),
        unit: &unit,
        published: found.state == State::Published,
        before: &before,
        zone: &city.zone,
        archive: Some(&archive),
    };
    let ranking = ranking_of(&opened.materials, &opened.made, &about, lang).map_err(fault)?;
    let areas = &opened.materials.areas;
    let code = |name: &str| areas.iter().find(|it| lang.pick(&it.name_zh, &it.name_en) == name);
    let codes = ranking.counties.iter().filter_map(|it| Some(code(&it.name)?.code.clone())).collect();
    Ok((found, ranking, codes))
}

fn name_of(city: &City, code: &str, lang: Lang) -> String {
    let unit = city.units.values().find(|unit| unit.code == code);
    unit.map_or_else(|| code.to_owned(), |unit| lang.pick(&unit.name_zh, &unit.name_en).to_owned())
}

/// The table that a department fills in for a month, with what is signed already: of the department that is named, or
/// one's own. Gives the department's code and the sheets.
pub async fn blank(
    app: &App,
    who: &Actor,
    named: Option<&str>,
    month: Month,
    lang: Lang,
) -> Result<(String, Vec<Table>), AppError> {
    let city = app.city();
    let absent = || AppError::NotFound { what: "department" };
    let unit = match named {
        Some(text) => department(&city, text),
        None => who.unit.and_then(|id| city.units.get(&id)),
    };
    let unit = unit.ok_or_else(absent)?;
    permit(app, who, IndexAct::HandIn, Some(&unit.code), "department")
        .or_else(|_| permit(app, who, IndexAct::SeeIntake, Some(&unit.code), "department"))?;
    let (_, framework) = followed(app).await?;
    if !framework.departments().contains_key(unit.code.as_str()) {
        let why = format!("the framework asks nothing of {}", unit.name_zh);
        return Err(AppError::Blocked { why });
    }
    // A signature may bear a moment that this node's clock has not reached.
    let known =
        store::intake::figures_known(&app.store, Level::County, month.plus(-1), month, Timestamp::MAX);
    let known: Vec<Figure> = known.await?.into_iter().map(|known| known.given.figure).collect();
    let asked = Asked {
        framework: &framework,
        department: &unit.code,
        department_name: lang.pick(&unit.name_zh, &unit.name_en),
        month,
        due: month.plus(1).first_day() + i32::from(framework.due_day - 1).days(),
        counties: &counties(&city, month).iter().map(|area| County::of(area)).collect::<Vec<_>>(),
        last: &known,
        given: &known,
    };
    Ok((unit.code.clone(), template(&asked, lang)))
}
