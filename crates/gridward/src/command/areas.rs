//! `areas`: dated changes of the areas and the topology report, for whoever runs the machine. The same use cases as
//! `/api/v1/areas/changes`; a change that is dated today is followed here and now, because no server may be running.

use super::Here;
use super::import::whole;
use crate::cli::{Areas, AreasFile, Db};
use crate::out::{End, Failed, because, give, give_json, plain, say};
use app::area::changes::{self, Affected, Asked, ChangeFile, Outcome, Planned};
use app::area::topology::{Asked as Look, topology};
use app::people::system;
use app::{App, AppError};
use domain::geo::Crs;
use domain::id::AreaChangeId;
use domain::policy::Actor;
use serde_json::{Value, json};
use std::path::Path;
use store::area_change::AreaChange;
use uuid::Uuid;

/// Cases, duties and posts that are named.
const FEW: usize = 10;
/// Changes and flaws that are listed.
const MOST: u32 = 200;

pub async fn areas(here: &Here, areas: Areas) -> Result<End, Failed> {
    match areas {
        Areas::Plan(file) => plan(here, file).await,
        Areas::Save { file, id } => save(here, file, id).await,
        Areas::List { db, json } => list(here, &db, json).await,
        Areas::Cancel { id, db, json } => cancel(here, &db, id, json).await,
        Areas::Topology { under, tolerance_m2, db, json } => {
            faults(here, &db, under.as_deref(), tolerance_m2, json).await
        }
    }
}

async fn plan(here: &Here, args: AreasFile) -> Result<End, Failed> {
    let file = read(&args)?;
    let (app, who) = opened(here, &args.db).await?;
    let accepts = file.accept_flaws;
    let found = changes::plan(&app, &who, file.changes, file.on, FEW).await;
    let (planned, affected) = found.map_err(|error| because(doing("plan", &args.file), error))?;
    app.store.close().await;
    let is_clear = planned.after.is_some() && (planned.flaws.is_empty() || accepts);
    if args.json {
        give_json(&plan_json(&planned, &affected, is_clear))?;
    } else {
        tell_plan(&planned, &affected)?;
    }
    Ok(if is_clear { End::Done } else { End::Found })
}

async fn save(here: &Here, args: AreasFile, id: Option<Uuid>) -> Result<End, Failed> {
    let file = read(&args)?;
    let (app, who) = opened(here, &args.db).await?;
    let (on, note, changes) = (file.on, file.note, file.changes);
    let id = AreaChangeId(id.unwrap_or_else(Uuid::now_v7));
    let asked = Asked { id, on, note, changes, accept_flaws: file.accept_flaws };
    let outcome = changes::save(&app, &who, &asked).await;
    let outcome = outcome.map_err(|error| because(doing("save", &args.file), error))?;
    let change = match outcome {
        Outcome::Saved { change, .. } => change,
        Outcome::InTheWay(planned) => {
            app.store.close().await;
            return Err(plain(in_the_way(&planned).join("\n")))
                .map_err(|why| because(doing("save", &args.file), why));
        }
    };
    let node = format!("command-{}", std::process::id());
    let followed = changes::sweep(&app, &node).await;
    followed
        .map_err(|error| because("the change is saved; a server will follow it, here it failed", error))?;
    let (change, _) =
        changes::look(&app, &who, change.id).await.map_err(|e| because("cannot read it back", e))?;
    app.store.close().await;
    tell(&change, args.json)?;
    Ok(End::Done)
}

async fn list(here: &Here, db: &Db, json: bool) -> Result<End, Failed> {
    let (app, who) = opened(here, db).await?;
    let listed = changes::list(&app, &who, None, MOST).await;
    let (changes, _) = listed.map_err(|error| because("cannot list the changes", error))?;
    app.store.close().await;
    if json {
        give_json(&changes.iter().map(change_json).collect::<Vec<_>>())?;
    } else {
        changes.iter().try_for_each(|change| give(&line(change)))?;
    }
    Ok(End::Done)
}

async fn cancel(here: &Here, db: &Db, id: Uuid, json: bool) -> Result<End, Failed> {
    let (app, who) = opened(here, db).await?;
    let cancelled = changes::cancel(&app, &who, AreaChangeId(id), None).await;
    let change = cancelled.map_err(|error| because(format!("cannot cancel {id}"), error))?;
    app.store.close().await;
    tell(&change, json)?;
    Ok(End::Done)
}

async fn faults(
    here: &Here,
    db: &Db,
    under: Option<&str>,
    tolerance_m2: f64,
    json: bool,
) -> Result<End, Failed> {
    if !(0.0..=1e12).contains(&tolerance_m2) {
        return Err(plain(format!("--tolerance-m2 {tolerance_m2}: 0 to 1e12 m² is taken here")));
    }
    let (app, who) = opened(here, db).await?;
    let city = app.city();
    let under = match under {
        None => who.area,
        Some(text) => {
            let none = || plain(format!("--under {text:?}: there is no such area; write its code or id"));
            city.area_by_text(text).ok_or_else(none)?.id
        }
    };
    let found = topology(&app, &who, Look { under, as_of: None, tolerance_m2 }).await;
    let (tree, mut found) = found.map_err(|error| because("cannot check the outlines", error))?;
    app.store.close().await;
    found.sort_by(|one, other| other.area_m2.total_cmp(&one.area_m2));
    let shown = found.iter().take(MOST as usize);
    if json {
        let items: Vec<Value> = shown
            .map(|it| json!({ "says": it.say(&tree), "area_m2": it.area_m2, "lng": it.at.lng, "lat": it.at.lat }))
            .collect();
        give_json(&json!({ "total": found.len(), "items": items }))?;
    } else {
        for it in shown {
            give(&it.say(&tree))?;
        }
        say(&format!("{} flaws", found.len()));
    }
    Ok(if found.is_empty() { End::Done } else { End::Found })
}

async fn opened(here: &Here, db: &Db) -> Result<(App, Actor), Failed> {
    let app = here.app(db).await?;
    let root = app.city().root().map(|root| root.id);
    let root = root.ok_or_else(|| plain("there is no city yet: import its areas first"))?;
    Ok((app, system(root)))
}

fn read(args: &AreasFile) -> Result<ChangeFile, Failed> {
    let doing = || doing("read", &args.file);
    let crs: Crs = args.crs.parse().map_err(|why| plain(format!("--crs {:?}: {why}", args.crs)))?;
    let bytes = whole(&args.file)?;
    let text = std::str::from_utf8(&bytes);
    let not_utf8 = |at: std::str::Utf8Error| {
        plain(format!("it is not UTF-8 from byte {} on; save it as UTF-8", at.valid_up_to()))
    };
    let text = text.map_err(|at| because(doing(), not_utf8(at)))?;
    let value = serde_json::from_str(text.trim_start_matches('\u{feff}'));
    let value = value.map_err(|error| because(doing(), plain(format!("it is not JSON: {error}"))))?;
    changes::read(value, crs).map_err(|error| match error {
        AppError::Invalid(fields) => {
            let told: Vec<String> = fields.iter().map(|it| format!("{}: {}", it.path, it.detail)).collect();
            because(doing(), plain(told.join("\n")))
        }
        other => because(doing(), other),
    })
}

fn doing(what: &str, file: &Path) -> String {
    format!("cannot {what} {}", file.display())
}

fn in_the_way(planned: &Planned) -> Vec<String> {
    let then = planned.history().as_of(planned.on);
    let law = planned.would.findings.iter().map(ToString::to_string);
    let ground =
        planned.flaws.iter().map(|it| format!("{}; mend the outlines, or accept_flaws", it.say(&then)));
    law.chain(ground).collect()
}

fn tell_plan(planned: &Planned, affected: &Affected) -> Result<(), Failed> {
    give(&format!("from {} on:", planned.on))?;
    for (id, fate) in planned.parts() {
        let area = planned.history().get(id);
        let name = area.map_or_else(|| format!("area {id}"), |a| format!("{} {}", a.code, a.name_zh));
        give(&format!("  {:<8} {name}", fate.as_str()))?;
    }
    let (duties, cases) = (affected.duties.total, affected.cases.total);
    give(&format!("{duties} duties would pass on, {cases} open cases would be placed anew"))?;
    if affected.posts.total + affected.units.total > 0 {
        let (posts, units) = (affected.posts.total, affected.units.total);
        give(&format!(
            "{posts} people and {units} units are posted in areas that end: give them another area"
        ))?;
    }
    in_the_way(planned).iter().for_each(|line| say(line));
    Ok(())
}

fn plan_json(planned: &Planned, affected: &Affected, is_clear: bool) -> Value {
    let then = planned.history().as_of(planned.on);
    let part = |(id, fate): (domain::id::AreaId, store::area_change::Fate)| {
        let area = planned.history().get(id);
        json!({ "id": id, "code": area.map(|a| &a.code), "name_zh": area.map(|a| &a.name_zh), "fate": fate.as_str() })
    };
    json!({
        "on": planned.on.to_string(),
        "ok": is_clear,
        "parts": planned.parts().into_iter().map(part).collect::<Vec<_>>(),
        "duties": affected.duties.total,
        "cases": affected.cases.total,
        "posts": affected.posts.total,
        "units": affected.units.total,
        "findings": planned.would.findings.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "flaws": planned.flaws.iter().map(|it| it.say(&then)).collect::<Vec<_>>(),
    })
}

fn tell(change: &AreaChange, json: bool) -> Result<(), Failed> {
    if json { give_json(&change_json(change)) } else { give(&line(change)) }
}

fn change_json(change: &AreaChange) -> Value {
    json!({
        "id": change.id, "on": change.on.to_string(), "state": change.state.as_str(), "version": change.version,
        "note": change.note, "duties": change.n_duties, "cases": change.n_cases,
        "saved_at": change.saved.to_string(),
    })
}

fn line(change: &AreaChange) -> String {
    let AreaChange { id, on, state, n_duties, n_cases, note, .. } = change;
    format!("{id}  {on}  {:<9}  {n_duties} duties, {n_cases} cases  {note}", state.as_str())
}
