//! The brief says what was found, on one page that loads nothing.

use super::{POLICY, STYLE, draw};
use app::index::sheets::{Gap, GapKind, Lang, Link, Node, RankedCounty, Ranking};

fn county(name: &str, rank: Option<usize>, score: f64, before: f64) -> RankedCounty {
    RankedCounty {
        name: name.to_owned(),
        rank,
        ranks: rank.map(|rank| (rank, rank + 1)),
        score: rank.map(|_| score),
        interval: rank.map(|_| (score - 1.5, score + 1.5)),
        before: Some(before),
        rank_before: Some(2),
        because: vec![("公共安全".to_owned(), -6.25)],
    }
}

fn link(county: &str, indicator: &str) -> Link {
    Link {
        county: county.to_owned(),
        code: "A01".to_owned(),
        indicator: indicator.to_owned(),
        department: "市消防救援支队".to_owned(),
        lost: 0.994,
        score: (38.0, 82.0),
        place: (3, 3),
        since: "2026-07".parse().unwrap(),
        change: Some((11.2, 6.6)),
        unit: "min".to_owned(),
    }
}

fn ranking() -> Ranking {
    Ranking {
        city: "某市".to_owned(),
        month: "2026-09".parse().unwrap(),
        revision: 0,
        published: true,
        counties: vec![
            county("东桥区", Some(1), 81.2, 80.0),
            county("高新区", Some(1), 80.5, 81.0),
            county("<南山>县", Some(3), 60.0, 63.02),
            county("北山县", None, 0.0, 61.0),
        ],
        nodes: vec![Node {
            code: "A".to_owned(),
            name: "公共安全".to_owned(),
            level: 1,
            weight: 1.0,
            scores: vec![Some(81.0), Some(80.0), Some(60.0), None],
        }],
        links: ["一", "二", "三", "四", "五", "六"].map(|n| link("<南山>县", &format!("指标{n}"))).into(),
        gaps: vec![Gap {
            kind: GapKind::Missing,
            department: "市气象局".to_owned(),
            indicator: "A03 用时".to_owned(),
            counties: Vec::new(),
            what: "未报，不参与合成".to_owned(),
        }],
        delivered: (26, 28),
        method: vec!["指标体系第3版。".to_owned()],
    }
}

fn page(county: Option<usize>, lang: Lang) -> String {
    draw(&ranking(), county, lang).into_string()
}

#[test]
fn the_heading_says_what_was_found() {
    let page = page(None, Lang::Zh);
    assert!(page.contains("<h1>4个县市区分得清的有2档，东桥区、高新区居首</h1>"), "{page}");
    assert!(page.contains("某市平安指数简报（2026年9月）"));
    assert!(page.contains("缺报与存疑：28个部门中26个已报齐"));
}

#[test]
fn of_one_county_it_tells_three_weak_links_and_its_own_change() {
    let page = page(Some(2), Lang::En);
    assert!(page.contains("<h1>&lt;南山&gt;县: rank 3, 60.0 points</h1>"), "{page}");
    assert_eq!(page.matches("gains a rank").count(), 3);
    assert!(page.contains("−3.0 points") && page.contains(", rank 2 → 3") && page.contains("公共安全 −6.2"));
    assert!(!page.contains("<b>东桥区</b>"), "the changes of others are for the city's page");
}

#[test]
fn a_rank_that_is_shared_stands_once_and_one_without_a_score_has_none() {
    let page = page(None, Lang::Zh);
    assert_eq!(page.matches("<td class=\"rank\">1</td>").count(), 1);
    assert_eq!(page.matches("<svg").count(), 3, "no picture without a score");
    assert_eq!(
        super::draw(&ranking(), Some(3), Lang::Zh).into_string().matches("数据不足，没有名次").count(),
        1
    );
}

#[test]
fn the_page_loads_nothing_and_its_style_is_the_one_that_is_allowed() {
    let page = page(None, Lang::Zh);
    for loads in ["<script", "<link", "<img", "src=", "url(", " style="] {
        assert!(!page.contains(loads), "{loads}");
    }
    let digest = base64(&domain::audit::sha256(STYLE.as_bytes()).0);
    assert!(POLICY.contains(&format!("'sha256-{digest}'")), "write sha256-{digest} into the policy");
}

/// RFC 4648.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let four = |part: &[u8]| {
        let bits = (0..3).fold(0_u32, |bits, at| bits << 8 | u32::from(part.get(at).copied().unwrap_or(0)));
        (0..4)
            .map(move |at| {
                let letter = char::from(LETTERS[(bits >> (18 - 6 * at) & 63) as usize]);
                if at <= part.len() { letter } else { '=' }
            })
            .collect::<String>()
    };
    bytes.chunks(3).map(four).collect()
}
