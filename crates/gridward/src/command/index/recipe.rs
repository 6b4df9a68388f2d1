//! `index recipe`: one to begin with, and what is wrong with one.

use super::files;
use super::words::{Recipe, Tables};
use crate::out::{End, Failed, give, give_json, say};

const BEGIN: &str = include_str!("begin_recipe.toml");
const BEGIN_STUDY: &str = include_str!("begin_study.toml");

pub fn recipe(it: &Recipe) -> Result<End, Failed> {
    match it {
        Recipe::Init { study: false } => give(BEGIN.trim_end()).map(|()| End::Done),
        Recipe::Init { study: true } => give(BEGIN_STUDY.trim_end()).map(|()| End::Done),
        Recipe::Check { recipe, study, idata, imeta, json } => {
            let tables = idata.clone().zip(imeta.clone());
            let tables = tables.map(|(idata, imeta)| Tables { recipe: Some(recipe.clone()), idata, imeta });
            let wrong = check(recipe, study.as_deref(), tables.as_ref()).err().map(|it| format!("{it:#}"));
            if *json {
                give_json(&serde_json::json!({ "ok": wrong.is_none(), "wrong": wrong }))?;
            } else if let Some(wrong) = &wrong {
                say(wrong);
            } else if tables.is_some() {
                give("the recipe runs over these tables")?;
            } else {
                give("the recipe reads well; give --idata and --imeta to check it against its tables")?;
            }
            Ok(if wrong.is_some() { End::Found } else { End::Done })
        }
    }
}

fn check(
    recipe: &std::path::Path,
    study: Option<&std::path::Path>,
    tables: Option<&Tables>,
) -> Result<(), Failed> {
    let known = files::recipe(recipe)?;
    let study = study.map(files::study).transpose()?;
    let Some(tables) = tables else { return Ok(()) };
    let read = files::read(tables)?;
    let run = index::run(&read.inputs, &known).map_err(|wrong| files::at(tables, wrong))?;
    if let Some(study) = study {
        // Every alternative of every input once is enough to find a wrong path or value.
        let few = index::sensitivity::Study { n: 2, exact_up_to: 0, bootstrap: 0, ..study };
        few.run(&read.inputs, &run.recipe, None).map_err(|wrong| files::at(tables, wrong))?;
    }
    Ok(())
}
