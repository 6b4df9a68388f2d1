//! The one-click query in this process, rows of a page included, as the city's desk and as a worker ask it; beside it what
//! the database does with the same words by itself (`LIKE`, counted to the end).

use super::city::City;
use super::load;
use super::machine::Machine;
use super::{Figures, Measured, ms};
use crate::cli::Bench;
use crate::out::Failed;
use app::query::Asked;
use domain::policy::Scope;
use store::case::{self, CaseFilter};
use store::scope::ScopeSql;

const QUERIES: usize = 600;
/// A scan takes long at a million cases: a few tell enough.
const SCANS: usize = 5;

/// Filters as people write them; words come from the city itself.
#[rustfmt::skip] // a table, best read as one
const PLAIN: &[&str] = &[
    "逾期", "未结", "部门:住建 逾期", "步骤:交办 昨天", "近7天", "本周 紧急", "来源:热线 未结", "ludeng", "jinggai", "xiaofangtongdao",
    "路灯", "井盖", "消防通道", "噪声", "积水 未结", "垃圾 近30天", "@王", "@wang", "wm", "类别:路灯 将逾期", "附近500米", "附近井盖",
];

/// Measures it.
pub async fn run(args: &Bench) -> Result<Measured, Failed> {
    let machine = Machine::here();
    let city = City::open(args, args.cases).await?;
    let (app, desk) = (&city.app, city.desk().await?);
    let begun = std::time::Instant::now();
    app.finder.catch_up(app).await?;
    let build_s = begun.elapsed().as_secs_f64();
    let (worker, texts) = (city.workers(1).await?.remove(0), texts(app));
    let ask = async |at: usize| {
        let text = texts[at % texts.len()].clone();
        let asked = Asked { text, kind: None, limit: 5, offset: 0, point: Some(worker.point) };
        let who = if at % 3 == 2 { worker.actor() } else { desk.clone() };
        Ok(app.finder.find(app, &who, &asked).await.map(drop)?)
    };
    load::in_process(texts.len(), ask).await?;
    let ours = load::in_process(QUERIES, ask).await?;
    let scope = ScopeSql::new(Scope::of(&desk), desk.level);
    let scan = async |at: usize| {
        let words = Some(["路灯", "井盖", "消防通道", "噪声", "垃圾"][at % SCANS].to_owned());
        let filter = CaseFilter { words, ..CaseFilter::default() };
        Ok(case::count(&app.store, &filter, &scope).await.map(drop)?)
    };
    let raw = load::in_process(SCANS, scan).await?;
    let progress = app.finder.progress();
    let begun = std::time::Instant::now();
    app.finder.step(app).await?;
    let look_ms = ms(begun.elapsed());
    Ok(Measured {
        what: "query",
        database: city.database(),
        goal: format!("one-click query at {} cases: 95 % within 50 ms", city.n_cases),
        met: ours.ms_at(95.0) <= 50.0,
        figures: Figures::from([
            ("cases", city.n_cases as f64),
            ("p50_ms", ours.ms_at(50.0)),
            ("p95_ms", ours.ms_at(95.0)),
            ("p99_ms", ours.ms_at(99.0)),
            ("build_s", build_s),
            ("memory_mb", progress.bytes as f64 / 1e6),
            ("look_for_news_ms", look_ms),
        ]),
        raw: Figures::from([("like_p50_ms", raw.ms_at(50.0)), ("like_p95_ms", raw.ms_at(95.0))]),
        of_raw_pct: Some(100.0 * ours.ms_at(95.0) / raw.ms_at(50.0).max(0.001)),
        machine,
    })
}

/// Filters, and names, sounds and codes of some of the city's areas and units.
fn texts(app: &app::App) -> Vec<String> {
    let city = app.city();
    let mut texts: Vec<String> = PLAIN.iter().map(|text| (*text).to_owned()).collect();
    for area in city.tree.iter().step_by(97) {
        let short: String = area.name_zh.chars().take(2).collect();
        let sound: String = area.pinyin.split(' ').take(2).collect();
        texts.extend([
            short.clone(),
            sound,
            area.initials(),
            format!("{short} 逾期"),
            area.code.as_str().to_owned(),
        ]);
    }
    for unit in city.units.values().step_by(11) {
        texts.push(unit.name_zh.clone());
        texts.push(format!("部门:{} 未结", unit.code));
    }
    texts
}
