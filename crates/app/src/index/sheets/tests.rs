//! Tables of figures, there and back, and the shapes in which departments send them.

use super::*;
use domain::framework::{BaseRow, Framework, FrameworkDoc, FrameworkRow};
use domain::intake::Figure;
use sheet::{CsvStart, Limits, Table, to_csv, to_xlsx};

const SITES: &str =
    "linear; bounds=fixed:80..100; num/den=sites; eb=beta-binomial; min_den=20; design-se=required";
const FIRES: &str = "linear; bounds=data:q05..q95; window=36m; transform=log1p; den=population; outlier=iqr3+mad; veto=above:3";
const CLOSED: &str = "linear; bounds=fixed:80..100; num/den=cases";
const SPEED: &str = "points:8>100,15>60,20>0; min_n=100";

fn row(
    code: &str,
    parent: &str,
    name: (&str, &str),
    unit: &str,
    direction: i8,
    standard: &str,
    weight: f64,
) -> FrameworkRow {
    FrameworkRow {
        code: code.to_owned(),
        level: if parent == "INDEX" { 1 } else { 2 },
        parent: parent.to_owned(),
        name_zh: name.0.to_owned(),
        name_en: name.1.to_owned(),
        unit: unit.to_owned(),
        direction,
        dimension: "安全".to_owned(),
        aspect: "社情".to_owned(),
        department: "fire".to_owned(),
        scoring_standard: standard.to_owned(),
        weight,
        source: String::new(),
    }
}

fn framework() -> Framework {
    let mut computed = row("A04", "A", ("按期办结率", "Closed on time"), "%", 1, CLOSED, 0.1);
    computed.source = "cases:closed-on-time".to_owned();
    let doc = FrameworkDoc {
        due_day: 10,
        rows: vec![
            row(
                "A",
                "INDEX",
                ("公共安全", "Public safety"),
                "score",
                1,
                "weighted arithmetic mean of level-2",
                1.0,
            ),
            row("A01", "A", ("隐患按期整改率", "Hazards fixed on time"), "%", 1, SITES, 0.4),
            row("A02", "A", ("火灾发生率", "Fires"), "per 10k", -1, FIRES, 0.3),
            row("A03", "A", ("到场平均用时", "Time to scene"), "min", -1, SPEED, 0.2),
            computed,
        ],
        bases: vec![BaseRow {
            code: "population".to_owned(),
            name_zh: "常住人口".to_owned(),
            name_en: "Residents".to_owned(),
            unit: "persons".to_owned(),
            department: "fire".to_owned(),
        }],
    };
    Framework::read(&doc, &|name| Some(name.to_owned())).unwrap()
}

fn counties() -> Vec<County> {
    [
        (2, "990102", "东桥区", "Dongqiao"),
        (3, "990103", "南山县", "Nanshan"),
        (4, "990104", "高新技术产业开发区", "High-tech Zone"),
        (5, "990105", "经济技术开发区", "Economic Zone"),
    ]
    .map(|(id, code, zh, en)| County {
        id: AreaId(id),
        code: code.into(),
        name_zh: zh.into(),
        name_en: en.into(),
    })
    .into()
}

fn month() -> Month {
    "2026-09".parse().unwrap()
}

fn figure(indicator: &str, area: u32) -> Figure {
    Figure {
        indicator: indicator.to_owned(),
        area: AreaId(area),
        month: month(),
        num: None,
        den: None,
        value: None,
        se: None,
        n: None,
        remark: None,
    }
}

fn filled(lang: Lang, given: &[Figure]) -> Vec<Table> {
    let (framework, counties) = (framework(), counties());
    let last = [Figure { month: month().plus(-1), num: Some(40.0), den: Some(42.0), ..figure("A01", 2) }];
    let asked = Asked {
        framework: &framework,
        department: "fire",
        department_name: "市消防救援支队",
        month: month(),
        due: "2026-10-10".parse().unwrap(),
        counties: &counties,
        last: &last,
        given,
    };
    template(&asked, lang)
}

fn read(bytes: &[u8]) -> ReadBack {
    let (framework, counties) = (framework(), counties());
    read_figures(
        bytes,
        &Reading { framework: &framework, month: month(), counties: &counties },
        &Limits::default(),
    )
    .unwrap()
}

fn faults(text: &str) -> Vec<String> {
    read(text.as_bytes()).faults.iter().map(ToString::to_string).collect()
}

fn values(back: &ReadBack) -> Vec<(String, u32, f64)> {
    assert_eq!(back.faults, []);
    let told = |it: &Figure| (it.indicator.clone(), it.area.0, it.value.or(it.num).unwrap());
    back.figures.iter().map(|(figure, _)| told(figure)).collect()
}

#[test]
fn a_template_comes_back_as_it_was_filled_in_from_both_kinds_of_file() {
    let given = vec![
        Figure {
            num: Some(41.0),
            den: Some(42.0),
            se: Some(0.5),
            remark: Some("复查=后".to_owned()),
            ..figure("A01", 2)
        },
        Figure { num: Some(0.0), ..figure("A02", 3) },
        Figure { value: Some(7.25), n: Some(120.0), ..figure("A03", 5) },
        Figure { value: Some(612_345.0), ..figure("population", 4) },
    ];
    for lang in [Lang::Zh, Lang::En] {
        let tables = filled(lang, &given);
        let csv = to_csv(&tables[0], CsvStart::Bom);
        for bytes in [to_xlsx(&tables).unwrap(), csv] {
            let back = read(&bytes);
            assert_eq!(back.faults, []);
            let figures: Vec<_> = back.figures.into_iter().map(|(figure, _)| figure).collect();
            assert_eq!(figures, given);
        }
    }
}

#[test]
fn an_empty_template_has_a_row_for_each_figure_and_gives_none() {
    let tables = filled(Lang::Zh, &[]);
    assert_eq!(
        tables[0].rows.len(),
        4 * 4,
        "three indicators and a base; what the platform computes is not asked"
    );
    let back = read(&to_xlsx(&tables).unwrap());
    assert_eq!(
        back,
        ReadBack {
            notes: vec!["sheet 指标说明 is for reading only and was passed over".to_owned()],
            ..ReadBack::default()
        }
    );
}

#[test]
fn definitions_say_in_words_what_is_asked() {
    let framework = framework();
    let told = |code: &str, lang| standard_words(framework.indicator(code).unwrap(), &framework.bases, lang);
    assert_eq!(
        told("A01", Lang::Zh),
        "报分子和分母（sites），指标值=分子÷分母×100；80及以下得0分，100及以上得100分，之间按直线；\
         数量少时向全市平均收缩（贝塔-二项）；分母低于20的标为小样本；须报标准误。"
    );
    assert_eq!(
        told("A02", Lang::Zh),
        "报件数（分子），指标值=件数÷常住人口×10000，常住人口用最近一次报送的基数；下限及以下得100分，上限及以上得0分，\
         之间按直线（先取ln(1+x)）；下限、上限取近36个月各县市区月度值的5%和95%分位数，离群值不参与；高于3时单独提示，不改变得分。"
    );
    assert_eq!(
        told("A03", Lang::En),
        "give the value (min); scored by steps: 8→100, 15→60, 20→0, straight in between; \
         the sample size is required, at least 100."
    );
}

#[test]
fn a_free_table_is_read_by_names_in_either_language() {
    let zh = "九月数据,,,\n指标,县市区,件数,总数\n隐患按期整改率,东桥区,41,42\n火灾发生率,南山县,3,\n";
    let en = "area;indicator;numerator;denominator\nDongqiao;Hazards fixed on time;41;42\n990103;A02;3;N/A\n";
    for text in [zh, en] {
        let back = read(text.as_bytes());
        assert_eq!(values(&back), [("A01".to_owned(), 2, 41.0), ("A02".to_owned(), 3, 3.0)]);
    }
}

#[test]
fn counties_across_and_indicators_across_are_read() {
    let across = "指标,单位,南山县,东桥区,高新区,经开区,全市\n到场平均用时,分钟,8.5,7,无,\"1,009\",8\nA01,%,98.5%,97,,,98\n";
    let back = read(across.as_bytes());
    assert_eq!(
        values(&back),
        [
            ("A03".to_owned(), 3, 8.5),
            ("A03".to_owned(), 2, 7.0),
            ("A03".to_owned(), 5, 1009.0),
            ("A01".to_owned(), 3, 98.5),
            ("A01".to_owned(), 2, 97.0)
        ]
    );
    assert_eq!(back.figures[0].1.to_string(), "row 2, column C");
    assert!(back.notes.contains(&"高新区 was read as 高新技术产业开发区".to_owned()), "{:?}", back.notes);
    assert!(back.notes.contains(&"the column 全市 sums up others and was passed over".to_owned()));
    let down = "编码,区域,A03 到场平均用时（分钟）,常住人口\n990103,南山县,8.5,\"512,000\"\n990102,东桥区,7,—\n,合计,8,512000\n";
    assert_eq!(
        values(&read(down.as_bytes())),
        [("A03".to_owned(), 3, 8.5), ("population".to_owned(), 3, 512_000.0), ("A03".to_owned(), 2, 7.0)]
    );
}

#[test]
fn every_fault_is_told_by_its_cell_and_all_at_once() {
    let told = faults(
        "指标编码,区域编码,分子,分母\nA01,990102,41,42\nA99,990102,1,2\nA01,990199,1,2\nA01,990103,约4,42\n\
         A01,990102,41,42\nA04,990103,1,2\n,990103,1,2\nA02,开发区,1,\nA02,990104,3%,\n",
    );
    assert_eq!(
        told,
        [
            "row 3, column A: \"A99\" is no indicator of the framework that is handed in",
            "row 4, column B: \"990199\" is none of the 4 counties: write its code or its name",
            "row 5, column C: \"约4\" is not a number: write digits with a point, as 1234.5, or leave the cell empty",
            "row 6, column A: the figure of A01 for this area stands already at row 2, column A",
            "row 7, column A: \"A04\" is no indicator of the framework that is handed in",
            "row 8, column A: the row has figures and no indicator: write it in every row",
            "row 9, column B: \"开发区\" may mean 高新技术产业开发区 or 经济技术开发区: write its code or its whole name",
            "row 10, column C: 3% stands where no percentage belongs: write the number itself",
        ]
    );
}

#[test]
fn a_code_and_a_name_that_contradict_each_other_are_a_fault() {
    let told = faults(
        "指标编码,指标名称,区域编码,区域,分子\nA01,火灾发生率,990102,东桥区,1\nA02,火灾,990102,南山县,1\n",
    );
    assert_eq!(
        told,
        [
            "row 2, column B: code and name mean different things: \"火灾发生率\" is not what its code says",
            "row 3, column D: code and name mean different things: \"南山县\" is not what its code says",
        ]
    );
}

#[test]
fn the_file_of_another_month_is_a_fault() {
    let table = "指标编码,区域编码,分子\nA02,990102,1\n";
    assert_eq!(
        faults(&format!("火灾统计表（2026年8月）\n{table}")),
        ["row 1, column A: the title says 2026-08, and 2026-09 is asked for"]
    );
    assert_eq!(
        faults(&format!("火灾统计表（2026年9月）\n填报日期：2026年10月8日\n{table}")),
        Vec::<String>::new()
    );
    assert_eq!(
        faults(&format!("2026年1-9月火灾统计\n{table}")),
        ["row 1, column A: the title says 2026年1-9月: figures of one month are asked for, 2026-09"]
    );
    let told = faults("月份,指标编码,区域编码,分子\n2026-08,A02,990102,1\n2026-09,A02,990103,1\n");
    assert_eq!(told, ["row 2, column A: \"2026-08\" is not the month asked for, 2026-09"]);
}

#[test]
fn lines_below_and_headers_repeated_on_pages_are_passed_over() {
    let text = "指标编码,区域编码,分子\nA02,990102,1\n指标编码,区域编码,分子\nA02,990103,2\n\n填报人：某某,审核人：某某,\n";
    let back = read(text.as_bytes());
    assert_eq!(values(&back).len(), 2);
    assert_eq!(back.notes, ["row 6, column A: a line without figures was passed over"]);
}

#[test]
fn a_file_without_a_table_of_figures_says_what_one_is() {
    let told = faults("姓名,电话\n某,1\n");
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("row 1, column A: no table of figures was found"), "{told:?}");
    let twice = faults("指标编码,区域编码,数值,value\nA03,990102,1,2\n");
    assert!(
        twice[0].contains("the column 数据 is there twice")
            || twice[0].contains("the column 数值 is there twice"),
        "{twice:?}"
    );
}

fn ranking() -> Ranking {
    let county = |name: &str, rank: usize, score: f64, before: f64| RankedCounty {
        name: name.to_owned(),
        rank: Some(rank),
        ranks: Some((rank, rank + 1)),
        score: Some(score),
        interval: Some((score - 1.25, score + 1.25)),
        before: Some(before),
        rank_before: Some(2),
        because: vec![("火灾发生率".to_owned(), score - before)],
    };
    let unknown = RankedCounty {
        rank: None,
        ranks: None,
        score: None,
        interval: None,
        ..county("南山县", 3, 0.0, 60.0)
    };
    let node = |code: &str, level, scores: [Option<f64>; 3]| Node {
        code: code.to_owned(),
        name: format!("指标{code}"),
        level,
        weight: 0.5,
        scores: scores.to_vec(),
    };
    Ranking {
        city: "某市".to_owned(),
        month: month(),
        revision: 1,
        published: false,
        counties: vec![county("东桥区", 1, 81.234, 80.0), county("高新区", 1, 80.5, 81.0), unknown],
        nodes: vec![
            node("A", 1, [Some(80.0), Some(60.0), None]),
            node("A01", 2, [Some(90.0), Some(60.0), Some(30.0)]),
            node("B", 1, [Some(82.0), Some(81.0), None]),
        ],
        links: vec![Link {
            county: "高新区".to_owned(),
            code: "A01".to_owned(),
            indicator: "隐患按期整改率".to_owned(),
            department: "市消防救援支队".to_owned(),
            lost: 0.99,
            score: (38.0, 82.0),
            place: (3, 3),
            since: "2026-07".parse().unwrap(),
            change: Some((11.2, 6.6)),
            unit: "min".to_owned(),
        }],
        gaps: vec![Gap {
            kind: GapKind::Missing,
            department: "市气象局".to_owned(),
            indicator: "A03 到场平均用时".to_owned(),
            counties: Vec::new(),
            what: "未报，不参与合成".to_owned(),
        }],
        delivered: (26, 28),
        method: vec!["指标体系第 3 版。".to_owned()],
    }
}

#[test]
fn the_ranking_circulates_with_intervals_dimensions_and_what_is_missing() {
    let tables = ranking_workbook(&ranking(), Lang::Zh);
    let names: Vec<_> = tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["排名表", "指标A", "指标B", "短板", "说明"]);
    let csv =
        |table: &Table| String::from_utf8(to_csv(table, CsvStart::Plain)).unwrap().replace("\r\n", "\n");
    let main = csv(&tables[0]);
    let mut lines = main.lines();
    assert_eq!(lines.next(), Some("某市平安指数县市区排名表（2026年9月）第1次修订【草稿】"));
    assert_eq!(
        lines.next(),
        Some("名次,县市区,总分,90%区间 得分,90%区间 名次,指标A,指标B,较上期 得分,较上期 名次")
    );
    let first = lines.next().unwrap();
    assert!(
        first.starts_with("1,东桥区,81.234,80.0–82.5,1–2,80,82,1.23") && first.ends_with(",↑1"),
        "{first}"
    );
    assert_eq!(lines.nth(1), Some("—,南山县,—,—,—,—,—,—,—"));
    assert!(csv(&tables[1]).contains("A01,指标A01,0.5,90,60,30,60\n"));
    assert!(
        csv(&tables[3])
            .contains("高新区,A01,隐患按期整改率,市消防救援支队,0.99,38,82,3/3,2026-07,11.2,6.60,min\n")
    );
    assert!(csv(&tables[4]).contains("市气象局,A03 到场平均用时,全部,"));
    assert_eq!(to_xlsx(&tables).unwrap(), to_xlsx(&ranking_workbook(&ranking(), Lang::Zh)).unwrap());
}

#[test]
fn a_score_far_below_the_median_is_weak() {
    let ranking = ranking();
    let node = &ranking.nodes[1];
    assert_eq!(node.median(), Some(60.0));
    assert_eq!(node.scored(2), Some(Scored { score: 30.0, weak: true }));
    assert_eq!(node.scored(1), Some(Scored { score: 60.0, weak: false }));
}

#[test]
fn an_edition_is_written_down_as_it_came_out() {
    let it = crate::index::tests::made_up();
    let made = crate::index::compute::compute(&it).unwrap();
    let mut before = stood(&it, &made).unwrap();
    assert_eq!(before.len(), it.areas.len());
    before[2].score -= 1.5;
    *before[2].dimensions.get_mut("B").unwrap() -= 4.0;
    let about = About {
        city: "某市",
        unit: &|code| format!("unit {code}"),
        published: true,
        before: &before,
        zone: &jiff::tz::TimeZone::UTC,
        archive: Some("ab12"),
    };
    let ranking = ranking_of(&it, &made, &about, Lang::En).unwrap();
    let ranks: Vec<_> = ranking.counties.iter().map(|county| county.rank.unwrap()).collect();
    assert!(ranks.is_sorted() && ranks[0] == 1, "{ranks:?}");
    let order: Vec<usize> = ranking
        .counties
        .iter()
        .map(|county| it.areas.iter().position(|area| area.name_en == county.name).unwrap())
        .collect();
    for (county, at) in ranking.counties.iter().zip(&order) {
        assert_eq!((county.score, county.rank), (made.standing[*at].score, made.standing[*at].shared));
    }
    let third = &ranking.counties[order.iter().position(|at| *at == 2).unwrap()];
    assert!((third.change().unwrap() - 1.5).abs() < 1e-9);
    assert_eq!(third.because[0].0, "B");
    assert!((third.because[0].1 - 4.0).abs() < 1e-9);
    let codes: Vec<_> = ranking.nodes.iter().map(|node| (node.code.as_str(), node.level)).collect();
    assert_eq!(codes[..4], [("A", 1), ("A1", 2), ("A11", 3), ("A12", 3)]);
    let leaf = made.now.scores.column(made.now.tree().position("A12").unwrap());
    assert_eq!(ranking.nodes[3].scores[0], Some(leaf[order[0]]));
    let heaviest = made.weak.iter().max_by(|a, b| a.weight().total_cmp(&b.weight())).unwrap();
    assert_eq!(ranking.links[0].code, heaviest.indicator);
    assert_eq!(ranking.links.len(), made.weak.len());
    assert_eq!(ranking.links[0].department, "unit police");
    assert!(ranking.method.last().unwrap().ends_with("ab12"));
}

#[test]
fn figures_of_every_size_are_told_by_about_three_digits() {
    let told = [0.002_345, 0.5, 6.05, 90.24, 1234.4, 0.0, -0.0234].map(three_digits);
    assert_eq!(told, ["0.00234", "0.500", "6.05", "90.2", "1234", "0.00", "-0.0234"]);
}

#[test]
fn the_figure_that_is_farthest_from_what_is_usual_is_told_on_paper() {
    let mut it = crate::index::tests::made_up();
    let month = it.month;
    for figure in
        it.figures.iter_mut().filter(|f| f.indicator == "A12" && f.month == month && f.area == "374")
    {
        figure.num = Some(18.0);
    }
    let made = crate::index::compute::compute(&it).unwrap();
    let about = About {
        city: "某市",
        unit: &|code| format!("unit {code}"),
        published: true,
        before: &[],
        zone: &jiff::tz::TimeZone::UTC,
        archive: None,
    };
    let ranking = ranking_of(&it, &made, &about, Lang::En).unwrap();
    let told = ranking.gaps.iter().find(|gap| gap.what.starts_with("in doubt")).unwrap();
    assert_eq!(
        (told.indicator.as_str(), told.counties.as_slice()),
        ("A12 A12", &["County 4".to_owned()][..])
    );
    assert!(told.what.contains("9.00, where about"), "{}", told.what);
}
