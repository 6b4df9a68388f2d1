//! `index publish`: an edition of the city's month, for whoever runs the machine; `index rebuild` and `index backcast`:
//! what can be done with an archive alone, on any machine.

use super::words::{Backcast, Publish, Rebuild};
use crate::command::Here;
use crate::out::{End, Failed, because, give, give_json, say};
use app::App;
use app::index::archive::{Files, rebuild as remake};
use app::index::backcast::{Past, backcast as look_back};
use app::index::edition::{Draft, Summary, draft, new_edition_id, publish as release, review};
use app::index::opened::unpack;
use domain::framework::{BaseRow, FrameworkDoc, FrameworkRow};
use domain::month::Month;
use domain::policy::Actor;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;

/// Drafts a month's edition by one person and publishes it by another.
pub async fn publish(here: &Here, it: Publish) -> Result<End, Failed> {
    let month = month("--month", &it.month)?;
    let app = here.found_app(&it.db).await?;
    let (maker, second) = (someone(&app, &it.drafted_by).await?, someone(&app, &it.published_by).await?);
    let asked =
        Draft { id: new_edition_id(app.clock.now()), month, known: None, note: it.note.unwrap_or_default() };
    let failed =
        |doing: &'static str| move |error| because(format!("cannot {doing} the edition of {month}"), error);
    let made = draft(&app, &maker, &asked).await.map_err(failed("draft"))?;
    review(&app, &second, made.id).await.map_err(failed("review"))?;
    let done = release(&app, &second, made.id).await.map_err(failed("publish"))?;
    app.store.close().await;
    let summary: Summary =
        serde_json::from_str(&done.summary).map_err(|why| because("cannot read it back", why))?;
    if it.json {
        give_json(&json!({
            "id": done.id, "month": done.month, "revision": done.revision, "sha256": done.sha256.to_string(),
            "ranking": summary.ranking,
        }))?;
        return Ok(End::Done);
    }
    give(&format!("{month}, revision {}: published, archive {}", done.revision, done.sha256))?;
    for line in &summary.ranking {
        let (rank, score) =
            (line.shared.map_or("-".to_owned(), |it| it.to_string()), line.score.unwrap_or(f64::NAN));
        give(&format!("{rank:>4}  {score:7.2}  {} {}", line.area, line.name_zh))?;
    }
    Ok(End::Done)
}

async fn someone(app: &App, account: &str) -> Result<Actor, Failed> {
    let found = app.people.acting(&app.city(), account).await;
    found.map_err(|error| because(format!("account {account:?}"), error))
}

/// Makes the edition of an archive again and compares every byte.
pub fn rebuild(it: &Rebuild) -> Result<End, Failed> {
    let kept = read(&it.archive)?;
    let (_, differing) = remake(&kept).map_err(|error| because(it.archive.display().to_string(), error))?;
    if let Some(out) = &it.out {
        write(out, &kept)?;
    }
    if it.json {
        give_json(&json!({ "equal": differing.is_empty(), "files": kept.len(), "differing": differing }))?;
    } else if differing.is_empty() {
        give(&format!("{}: {} files, made again, equal in every byte", it.archive.display(), kept.len()))?;
    } else {
        for one in &differing {
            give(&format!("{}: {}", one.file, one.how))?;
        }
    }
    Ok(if differing.is_empty() { End::Done } else { End::Found })
}

/// What past months would have been under another framework.
pub fn backcast(it: &Backcast) -> Result<End, Failed> {
    let kept = read(&it.archive)?;
    let named = it.archive.display().to_string();
    let materials = app::index::archive::materials(&kept).map_err(|error| because(named.clone(), error))?;
    let bases = match &it.bases {
        Some(path) => rows::<BaseRow>(path)?,
        None => materials.framework.bases.clone(),
    };
    let framework = FrameworkDoc {
        due_day: materials.framework.due_day,
        rows: rows::<FrameworkRow>(&it.framework)?,
        bases,
    };
    let first = it.first.as_deref().map(|text| month("--first", text)).transpose()?;
    let first = first.unwrap_or_else(|| materials.month.plus(-119));
    let framework = with_codes(framework, &materials.framework);
    let past = look_back(&materials, framework, 0, first)
        .map_err(|error| because(it.framework.display().to_string(), error))?;
    if it.json {
        let months = past.iter().map(|it| json!({ "month": it.month, "ranking": it.ranking }));
        give_json(&json!({ "months": months.collect::<Vec<_>>() }))?;
        return Ok(End::Done);
    }
    table(&past)
}

/// One line a month, one column an area.
fn table(past: &[Past]) -> Result<End, Failed> {
    let areas: BTreeSet<&str> =
        past.iter().flat_map(|it| &it.ranking).map(|line| line.area.as_str()).collect();
    let head: Vec<String> = areas.iter().map(|it| (*it).to_owned()).collect();
    give(&format!("month,{}", head.join(",")))?;
    for month in past {
        let score = |area: &&str| {
            let line = month.ranking.iter().find(|line| line.area == **area);
            line.and_then(|line| line.score).map_or(String::new(), index::io::number)
        };
        give(&format!("{},{}", month.month, areas.iter().map(score).collect::<Vec<_>>().join(",")))?;
    }
    say(&format!("{} months, scores on the bounds of the last", past.len()));
    Ok(End::Done)
}

/// A table with names of departments: those that the archive knows by code keep it; others are only names here.
fn with_codes(mut framework: FrameworkDoc, known: &FrameworkDoc) -> FrameworkDoc {
    for row in &mut framework.rows {
        if let Some(old) = known.rows.iter().find(|old| old.code == row.code) {
            row.department.clone_from(&old.department);
        }
    }
    framework
}

fn read(path: &Path) -> Result<Files, Failed> {
    let bytes =
        std::fs::read(path).map_err(|error| because(format!("cannot read {}", path.display()), error))?;
    unpack(&bytes).map_err(|error| because(path.display().to_string(), error))
}

fn write(folder: &Path, files: &Files) -> Result<(), Failed> {
    std::fs::create_dir_all(folder)
        .map_err(|error| because(format!("cannot make {}", folder.display()), error))?;
    for (name, bytes) in files {
        let path = folder.join(name);
        std::fs::write(&path, bytes)
            .map_err(|error| because(format!("cannot write {}", path.display()), error))?;
    }
    Ok(())
}

fn rows<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, Failed> {
    let cannot = |error| because(format!("cannot read {}", path.display()), error);
    csv::Reader::from_path(path).map_err(cannot)?.deserialize().collect::<Result<_, _>>().map_err(cannot)
}

fn month(option: &str, text: &str) -> Result<Month, Failed> {
    text.parse().map_err(|error| because(option.to_owned(), Failed::new(error)))
}
