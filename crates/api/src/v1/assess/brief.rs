//! The day's brief: one page of A4 to read on paper or on a screen, in the style of the index's brief.

use app::City;
use app::assess::areas::{Ranked, Ranking};
use app::assess::paper::span;
use app::index::sheets::Lang;
use domain::area::Level;
use domain::score::{Rate, Score};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::brief::STYLE;

/// Rows of the page, at most: it stays one page.
const ROWS: usize = 20;
/// Width and height of an interval's picture, in its own units.
const PICTURE: (f64, f64) = (200.0, 16.0);

/// Draws the page.
pub fn draw(city: &City, ranking: &Ranking, hash: Option<&str>, lang: Lang) -> Markup {
    let name = |id| city.area(id).map_or("", |it| lang.pick(&it.name_zh, &it.name_en));
    let title = match lang {
        Lang::Zh => format!("{}日考核简报（{}）", name(ranking.whole.0), span(ranking, lang)),
        Lang::En => format!("{}: daily assessment in brief ({})", name(ranking.whole.0), span(ranking, lang)),
    };
    html! {
        (DOCTYPE)
        html lang=(lang.pick("zh-CN", "en")) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header { p.title { (title) } h1 { (finding(ranking, &name, lang)) } }
                main {
                    (standings(ranking, &name, lang))
                    (whole(ranking, lang))
                    (method(ranking, hash, lang))
                }
            }
        }
    }
}

/// The heading says what was found.
fn finding<'a>(ranking: &Ranking, name: &impl Fn(domain::id::AreaId) -> &'a str, lang: Lang) -> String {
    let mut tiers: Vec<u32> = ranking.areas.iter().filter_map(|it| it.rank).collect();
    let n = tiers.len();
    tiers.dedup();
    let best: Option<&u32> = tiers.first();
    let first: Vec<&str> = ranking
        .areas
        .iter()
        .filter(|it| it.rank.is_some() && it.rank.as_ref() == best)
        .map(|it| name(it.area))
        .collect();
    let some = first.iter().take(4).copied();
    match lang {
        Lang::Zh if n == 0 => format!("应处置件数太少，{}不排名", ranking.level.zh()),
        Lang::En if n == 0 => format!("too few shares due: no ranking by {}", ranking.level),
        Lang::Zh => format!(
            "{n}个{}分得清的有{}档，{}{}居首",
            ranking.level.zh(),
            tiers.len(),
            some.collect::<Vec<_>>().join("、"),
            if first.len() > 4 { format!("等{}个并列", first.len()) } else { String::new() }
        ),
        Lang::En => format!(
            "{n} ranked, {} tiers that can be told apart; first: {}{}",
            tiers.len(),
            some.collect::<Vec<_>>().join(", "),
            if first.len() > 4 { format!(" and {} more", first.len() - 4) } else { String::new() }
        ),
    }
}

fn standings<'a>(ranking: &Ranking, name: &impl Fn(domain::id::AreaId) -> &'a str, lang: Lang) -> Markup {
    let ends = || ranking.areas.iter().filter_map(|it| it.score.as_ref()).map(Score::interval);
    let low = ends().map(|it| it.0).fold(f64::INFINITY, f64::min);
    let high = ends().map(|it| it.1).fold(f64::NEG_INFINITY, f64::max);
    let (low, high) =
        if low < high { ((low / 5.0).floor() * 5.0, (high / 5.0).ceil() * 5.0) } else { (0.0, 100.0) };
    let shown = &ranking.areas[..ranking.areas.len().min(ROWS)];
    html! {
        section {
            table.ranking {
                thead { tr {
                    th { (lang.pick("名次", "Rank")) }
                    th.name { (lang.pick("区域", "Area")) }
                    th.score { (lang.pick("得分", "Score")) }
                    th.picture {
                        (lang.pick("得分与95%区间", "Score and 95 % interval"))
                        div.ends { span { (format!("{low:.0}")) } span { (format!("{high:.0}")) } }
                    }
                    th { (lang.pick("应处置", "Due")) }
                    th { (lang.pick("按期处置率", "On time")) }
                    th { (lang.pick("返工率", "Rework")) }
                    th.change { (lang.pick("较前日", "Change")) }
                } }
                tbody {
                    @for (at, it) in shown.iter().enumerate() {
                        @let begins = at == 0 || shown[at - 1].rank != it.rank;
                        tr.tier[begins] {
                            td.rank { @if begins { (it.rank.map_or("—".to_owned(), |rank| rank.to_string())) } }
                            td.name { (name(it.area)) }
                            td.score { (it.score.as_ref().map_or("—".to_owned(), |score| format!("{:.1}", score.total))) }
                            td.picture { (interval(it, low, high)) }
                            td { (Rate::HandledOnTime.of(&it.tallies).1) }
                            td { (percent(it, Rate::HandledOnTime, ranking.level)) }
                            td { (percent(it, Rate::Rework, ranking.level)) }
                            td { (change(it)) }
                        }
                    }
                }
            }
            p.note {
                (lang.pick(
                    "同一横线内的区域得分分不开，名次相同。超期未办计入应处置。",
                    "Areas between two lines cannot be told apart and share a rank. What is overdue counts as due.",
                ))
                @if ranking.areas.len() > ROWS {
                    " " (match lang {
                        Lang::Zh => format!("只列前{ROWS}个，其余见通报表。"),
                        Lang::En => format!("The first {ROWS} are shown; all are in the workbook."),
                    })
                }
            }
        }
    }
}

fn interval(it: &Ranked, low: f64, high: f64) -> Markup {
    let (width, height) = PICTURE;
    let x = |value: f64| format!("{:.1}", 4.0 + (value - low) / (high - low) * (width - 8.0));
    let middle = height / 2.0;
    html! {
        @if let Some(score) = &it.score {
            @let (from, to) = score.interval();
            svg viewBox=(format!("0 0 {width} {height}")) role="img" aria-label=(format!("{from:.1}–{to:.1}")) {
                line.axis x1="0" x2=(width) y1=(middle) y2=(middle) {}
                line.band x1=(x(from)) x2=(x(to)) y1=(middle) y2=(middle) {}
                circle cx=(x(score.total)) cy=(middle) r="4" {}
            }
        }
    }
}

/// Of few below the counties nothing is told.
fn percent(it: &Ranked, rate: Rate, level: Level) -> String {
    let (num, den) = rate.of(&it.tallies);
    if den == 0 {
        return "—".to_owned();
    }
    if level > Level::County && den < 5 {
        return "＊".to_owned();
    }
    format!("{:.1}%", 100.0 * f64::from(num) / f64::from(den))
}

fn change(it: &Ranked) -> String {
    match it.score.as_ref().zip(it.before).map(|(score, before)| score.total - before) {
        None => "—".to_owned(),
        Some(points) if points.abs() < 0.05 => "0.0".to_owned(),
        Some(points) => format!("{points:+.1}").replace('-', "−"),
    }
}

fn whole(ranking: &Ranking, lang: Lang) -> Markup {
    let (_, tallies, stock) = &ranking.whole;
    html! {
        section {
            h2 { (lang.pick("九项比率", "Nine rates")) }
            ul.wide {
                @for rate in Rate::ALL {
                    @let (num, den) = rate.of(tallies);
                    @let label = rate.label();
                    li {
                        (lang.pick(&label.zh, &label.en)) " "
                        b { @if den > 0 { (format!("{:.1}%", 100.0 * f64::from(num) / f64::from(den))) } @else { "—" } }
                        " " (format!("{num}/{den}"))
                    }
                }
                li { (match lang {
                    Lang::Zh => format!("零点结存：在办{}，超期{}，挂账{}", stock.open, stock.overdue, stock.held),
                    Lang::En => format!("At midnight: {} open, {} overdue, {} on hold", stock.open, stock.overdue, stock.held),
                }) }
            }
        }
    }
}

fn method(ranking: &Ranking, hash: Option<&str>, lang: Lang) -> Markup {
    html! {
        section.method {
            h2 { (lang.pick("数据从哪里来", "Where the numbers come from")) }
            p {
                (match lang {
                    Lang::Zh => format!("每日零点取自全部案件的处置记录，按计分配方第{}版计算，任何人可按同一记录重算。", ranking.version),
                    Lang::En => format!("Taken every midnight from the record of all cases, by recipe {}; anybody can make it again of the same record.", ranking.version),
                })
                @if let Some(hash) = hash { " SHA-256 " (hash) }
                @if !ranking.missing.is_empty() {
                    " " (match lang {
                        Lang::Zh => format!("其中{}天没有日账。", ranking.missing.len()),
                        Lang::En => format!("{} of the days have no book.", ranking.missing.len()),
                    })
                }
            }
        }
    }
}
