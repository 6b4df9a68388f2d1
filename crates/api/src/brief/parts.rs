//! The parts of the page, from the top down.

use app::index::sheets::{Gap, GapKind, Lang, Link, RankedCounty, Ranking, rank_range, three_digits};
use maud::{Markup, html};

/// Weak links shown, of a county or of the whole city.
const LINKS: usize = 3;
/// Counties shown that moved.
const MOVES: usize = 4;
/// Missing or flagged figures shown one by one.
const GAPS: usize = 5;
/// Width and height of an interval's picture, in its own units.
const PICTURE: (f64, f64) = (200.0, 16.0);

/// The ranking with bands: who shares a rank stands together.
pub fn standings(ranking: &Ranking, county: Option<usize>, lang: Lang) -> Markup {
    let (low, high) = scale(&ranking.counties);
    let dimensions: Vec<usize> =
        (0..ranking.nodes.len()).filter(|at| ranking.nodes[*at].level == 1).collect();
    html! {
        section {
            table.ranking {
                thead { tr {
                    th { (lang.pick("名次", "Rank")) }
                    th.name { (lang.pick("县市区", "County")) }
                    th.score { (lang.pick("得分", "Score")) }
                    th.picture {
                        (lang.pick("得分与90%区间", "Score and 90 % interval"))
                        div.ends { span { (format!("{low:.0}")) } span { (format!("{high:.0}")) } }
                    }
                    th.ranks { (lang.pick("名次区间", "Ranks")) }
                    th.change { (lang.pick("较上期", "Change")) }
                    @for at in &dimensions { th.dimension { (ranking.nodes[*at].name) } }
                } }
                tbody {
                    @for (at, it) in ranking.counties.iter().enumerate() {
                        @let begins = at == 0 || ranking.counties[at - 1].rank != it.rank;
                        tr.tier[begins].here[county == Some(at)] {
                            td.rank { @if begins || county == Some(at) { (it.rank.map_or("—".to_owned(), |rank| rank.to_string())) } }
                            td.name { (it.name) }
                            td.score { (told(it.score, 1)) }
                            td.picture { (interval(it, low, high)) }
                            td { (it.ranks.map_or("—".to_owned(), rank_range)) }
                            td { (change(it.change())) }
                            @for node in &dimensions {
                                @match ranking.nodes[*node].scored(at) {
                                    Some(found) if found.weak => td.weak { "▲" (format!("{:.0}", found.score)) },
                                    Some(found) => td { (format!("{:.0}", found.score)) },
                                    None => td { "—" },
                                }
                            }
                        }
                    }
                }
            }
            p.note { (lang.pick(
                "同一横线内的县市区得分差异在数据误差之内，名次相同。▲ 低于各县市区中位数10分以上。",
                "Counties between two lines cannot be told apart and share a rank. ▲ more than 10 points below the counties' median.",
            )) }
        }
    }
}

/// Round ends that hold all intervals.
fn scale(counties: &[RankedCounty]) -> (f64, f64) {
    let ends = || counties.iter().filter_map(|it| it.interval);
    let low = ends().map(|it| it.0).fold(f64::INFINITY, f64::min);
    let high = ends().map(|it| it.1).fold(f64::NEG_INFINITY, f64::max);
    if low < high { ((low / 5.0).floor() * 5.0, (high / 5.0).ceil() * 5.0) } else { (0.0, 100.0) }
}

fn interval(county: &RankedCounty, low: f64, high: f64) -> Markup {
    let (width, height) = PICTURE;
    let x = |value: f64| format!("{:.1}", 4.0 + (value - low) / (high - low) * (width - 8.0));
    let middle = height / 2.0;
    html! {
        @if let Some((score, (from, to))) = county.score.zip(county.interval) {
            svg viewBox=(format!("0 0 {width} {height}")) role="img" aria-label=(format!("{from:.1}–{to:.1}")) {
                line.axis x1="0" x2=(width) y1=(middle) y2=(middle) {}
                line.band x1=(x(from)) x2=(x(to)) y1=(middle) y2=(middle) {}
                circle cx=(x(score)) cy=(middle) r="4" {}
            }
        }
    }
}

fn told(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| "—".to_owned(), |value| format!("{value:.decimals$}"))
}

/// With its sign; what rounds to zero has none.
fn change(points: Option<f64>) -> String {
    match points {
        None => "—".to_owned(),
        Some(points) if points.abs() < 0.05 => "0.0".to_owned(),
        Some(points) => format!("{points:+.1}").replace('-', "−"),
    }
}

/// Where points are lost.
pub fn weak_links(ranking: &Ranking, county: Option<usize>, lang: Lang) -> Markup {
    let of = county.and_then(|at| ranking.counties.get(at));
    let links: Vec<&Link> = match of {
        Some(county) => ranking.links.iter().filter(|it| it.county == county.name).take(LINKS).collect(),
        None => ranking.links.iter().take(LINKS).collect(),
    };
    html! {
        section {
            h2 { (lang.pick("短板", "Weak links")) }
            @if links.is_empty() { p.note { (lang.pick("没有指标明显落后于其余县市区。", "No indicator is behind the others.")) } }
            @else {
                ol {
                    @for link in &links {
                        li {
                            b { @if of.is_none() { (link.county) (space(lang)) } (link.indicator) }
                            " " span.weak { (format!("−{:.2}", link.lost)) } " " (lang.pick("分", "points"))
                            div.detail { (detail(link, lang)) }
                        }
                    }
                }
                p.note { (lang.pick("失分＝权重×（其余县市区均分－本县得分）。", "Points lost = weight × (mean score of the others − own).")) }
            }
        }
    }
}

fn detail(link: &Link, lang: Lang) -> String {
    let (own, others) = link.score;
    let (place, of) = link.place;
    let mut told = match lang {
        Lang::Zh => format!(
            "{}；得{own:.0}分，其余均{others:.0}分，第{place}/{of}；始于{}",
            link.department, link.since
        ),
        Lang::En => format!(
            "{}; score {own:.0} against {others:.0}, place {place} of {of}; since {}",
            link.department, link.since
        ),
    };
    if let Some((now, then)) = link.change {
        let (now, then) = (three_digits(now), three_digits(then));
        told += &match lang {
            Lang::Zh => format!("；由{now}到{then}（{}）可前进一名", link.unit),
            Lang::En => format!("; from {now} to {then} ({}) gains a rank", link.unit),
        };
    }
    told
}

/// What moved since the month before.
pub fn moves(ranking: &Ranking, county: Option<usize>, lang: Lang) -> Markup {
    let mut moved: Vec<&RankedCounty> = ranking.counties.iter().filter(|it| it.change().is_some()).collect();
    moved.sort_by(|a, b| {
        let size = |it: &RankedCounty| it.change().map_or(0.0, f64::abs);
        size(b).total_cmp(&size(a))
    });
    if let Some(own) = county.and_then(|at| ranking.counties.get(at)) {
        moved.retain(|it| it.name == own.name);
    }
    html! {
        section {
            h2 { (lang.pick("较上期变化", "Since last month")) }
            @if moved.is_empty() { p.note { (lang.pick("没有上期可比。", "There is no earlier edition to compare with.")) } }
            ul {
                @for it in moved.iter().take(MOVES) {
                    li {
                        b { (it.name) } " " (change(it.change())) " " (lang.pick("分", "points"))
                        @if let Some((now, before)) = it.rank.zip(it.rank_before) {
                            @if now != before { (match lang {
                                Lang::Zh => format!("，第{before}名→第{now}名"),
                                Lang::En => format!(", rank {before} → {now}"),
                            }) }
                        }
                        @if !it.because.is_empty() {
                            div.detail {
                                @for (at, (name, points)) in it.because.iter().take(3).enumerate() {
                                    @if at > 0 { (lang.pick("，", ", ")) }
                                    (name) " " (change(Some(*points)))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What has not come, or lies beyond a limit.
pub fn gaps(ranking: &Ranking, lang: Lang) -> Markup {
    let (small, told): (Vec<&Gap>, Vec<&Gap>) =
        ranking.gaps.iter().partition(|gap| gap.kind == GapKind::Small);
    let (given, expected) = ranking.delivered;
    let heading = match lang {
        Lang::Zh => format!("缺报与存疑：{expected}个部门中{given}个已报齐"),
        Lang::En => {
            format!("Missing and flagged: {given} of {expected} departments have handed in everything")
        }
    };
    let rest = told.len().saturating_sub(GAPS);
    html! {
        section {
            h2 { (heading) }
            ul.wide {
                @for gap in told.iter().take(GAPS) {
                    li {
                        (gap.indicator) (space(lang)) "(" (gap.department) ") "
                        (if gap.counties.is_empty() { lang.pick("全部县市区", "all counties").to_owned() } else { gap.counties.join(lang.pick("、", ", ")) })
                        (lang.pick("：", ": ")) (gap.what)
                    }
                }
                @if rest > 0 { li { (match lang {
                    Lang::Zh => format!("另有{rest}项，见排名表“说明”页"),
                    Lang::En => format!("{rest} more: see “Notes” of the ranking's workbook"),
                }) } }
                @if !small.is_empty() { li { (match lang {
                    Lang::Zh => format!("{}项指标在个别县市区数量过小，不参与合成", small.len()),
                    Lang::En => format!("{} indicators are made of too few in some counties and left out there", small.len()),
                }) } }
                @if told.is_empty() && small.is_empty() { li { (lang.pick("没有", "none")) } }
            }
        }
    }
}

/// Where the numbers come from.
pub fn method(ranking: &Ranking, lang: Lang) -> Markup {
    html! {
        section.method {
            h2 { (lang.pick("数据从哪里来", "Where the numbers come from")) }
            p { (ranking.method.join(lang.pick("", " "))) }
        }
    }
}

fn space(lang: Lang) -> &'static str {
    lang.pick("", " ")
}
