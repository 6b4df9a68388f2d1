//! The recipe of scores: kept as versions of a document, by administrators of the whole city.

use domain::policy::{Actor, ScoreAct};
use domain::score::{Recipe, RecipeDoc, RecipeFault};
use jiff::Timestamp;

use super::{permit, whole};
use crate::city::document;
use crate::settings::{Kept, kept, save_next};
use crate::{App, AppError, FieldError};

/// The bundle it is kept in.
pub const SCORE_RECIPE: &str = "score_recipe";

/// The recipe as it is written down now; version 0 is the usual one.
pub async fn held(app: &App, who: &Actor) -> Result<Kept<RecipeDoc>, AppError> {
    permit(who, ScoreAct::SeeRanking, &whole(app), None, "recipe")?;
    kept(app, SCORE_RECIPE, RecipeDoc::plain).await
}

/// The recipe that holds now, and its version.
pub async fn followed(app: &App) -> Result<(u32, Recipe), AppError> {
    followed_at(app, app.clock.now()).await
}

/// The recipe that held at a moment, and its version.
pub async fn followed_at(app: &App, at: Timestamp) -> Result<(u32, Recipe), AppError> {
    let found: Option<(u32, RecipeDoc)> = document(&app.store, SCORE_RECIPE, at).await?;
    let (version, doc) = found.unwrap_or_else(|| (0, RecipeDoc::plain()));
    let read = Recipe::read(&doc);
    let why = |faults: Vec<RecipeFault>| AppError::Blocked {
        why: format!("recipe {version} does not hold any more: {}", faults[0]),
    };
    read.map(|recipe| (version, recipe)).map_err(why)
}

/// Reads a recipe, or says everything that is wrong with it.
pub fn read(doc: &RecipeDoc) -> Result<Recipe, AppError> {
    let field = |it: RecipeFault| FieldError { path: it.path, code: it.code, detail: it.detail };
    Recipe::read(doc).map_err(|faults| AppError::Invalid(faults.into_iter().map(field).collect()))
}

/// Saves the next version; `version` is the one that was decided on.
pub async fn save(app: &App, who: &Actor, version: Option<u32>, doc: &RecipeDoc) -> Result<u32, AppError> {
    permit(who, ScoreAct::ChangeRecipe, &whole(app), None, "recipe")?;
    if app.city().root().is_none_or(|root| root.id != who.area) {
        return Err(AppError::NotTheirs {
            who: "an administrator of the whole city",
            what: "change the recipe",
        });
    }
    read(doc)?;
    save_next(app, who, SCORE_RECIPE, version, RecipeDoc::plain, |_| Ok(doc.clone())).await
}
