//! The brief of an edition: one page of A4 to read on paper or on a screen. No script, nothing from outside; the style
//! is in the page, so that a saved page is whole. What it says is `app::index::sheets::Ranking`'s.

mod parts;
#[cfg(test)]
mod tests;

use app::index::sheets::{Lang, Ranking};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// The style of the page; its SHA-256 stands in [`POLICY`].
pub(crate) const STYLE: &str = include_str!("brief.css");

/// What the page may load: nothing but the style that is in it, told by its SHA-256 (a test says when that is due).
pub const POLICY: &str = "default-src 'none'; style-src 'sha256-t/3qJpBD7a/nUXjnPvQ3ajhjm9VjCrQaOHaNKArhvfE='; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

/// Draws the page, of the city or of one county by its place among [`Ranking::counties`].
pub fn draw(ranking: &Ranking, county: Option<usize>, lang: Lang) -> Markup {
    let title = ranking.title(lang.pick("平安指数简报", "safety index in brief"), lang);
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
                header {
                    p.title { (title) }
                    h1 { (finding(ranking, county, lang)) }
                }
                main {
                    (parts::standings(ranking, county, lang))
                    div.halves {
                        (parts::weak_links(ranking, county, lang))
                        (parts::moves(ranking, county, lang))
                    }
                    (parts::gaps(ranking, lang))
                    (parts::method(ranking, lang))
                }
            }
        }
    }
}

/// The heading says what was found, not what the page is about.
fn finding(ranking: &Ranking, county: Option<usize>, lang: Lang) -> String {
    let mut ranks: Vec<usize> = ranking.counties.iter().filter_map(|it| it.rank).collect();
    ranks.dedup();
    let (tiers, n) = (ranks.len(), ranking.counties.len());
    let Some(county) = county.and_then(|at| ranking.counties.get(at)) else {
        let first: Vec<&str> =
            ranking.counties.iter().filter(|it| it.rank == Some(1)).map(|it| it.name.as_str()).collect();
        return match lang {
            Lang::Zh if first.is_empty() => format!("{n}个县市区，数据不足，没有排名"),
            Lang::Zh => format!("{n}个县市区分得清的有{tiers}档，{}居首", first.join("、")),
            Lang::En if first.is_empty() => format!("{n} counties, too little data for a ranking"),
            Lang::En => {
                format!("{n} counties, {tiers} tiers that can be told apart; first: {}", first.join(", "))
            }
        };
    };
    let name = &county.name;
    let Some((rank, score)) = county.rank.zip(county.score) else {
        return match lang {
            Lang::Zh => format!("{name}：数据不足，没有名次"),
            Lang::En => format!("{name}: too little data for a rank"),
        };
    };
    let shared = ranking.sharing(rank) > 1;
    match lang {
        Lang::Zh => format!("{name}：{}第{rank}名，{score:.1}分", if shared { "并列" } else { "" }),
        Lang::En => format!("{name}: rank {rank}{}, {score:.1} points", if shared { ", shared" } else { "" }),
    }
}
