//! The grammar of the box: a table, and that nothing makes it fail.

use super::*;
use jiff::civil::date;
use proptest::prelude::*;

/// Wednesday.
const TODAY: Date = date(2026, 9, 30);

fn asked(text: &str) -> Query {
    parse(text, TODAY)
}

/// A query on one line, as it was understood.
fn told(text: &str) -> String {
    let chip = |chip: &Chip| {
        let what = match chip.meaning {
            Meaning::Word => "word".to_owned(),
            Meaning::Filter(key) => format!("{key:?}").to_lowercase(),
            Meaning::Number => "number".to_owned(),
            Meaning::Person => "person".to_owned(),
        };
        format!("{what}={}{}", chip.says.zh, if chip.is_whole { "" } else { "?" })
    };
    asked(text).chips.iter().map(chip).collect::<Vec<_>>().join(" | ")
}

#[test]
#[rustfmt::skip] // a table, best read as one
fn each_piece_is_taken_for_what_people_mean_by_it() {
    for (text, should) in [
        ("",                        ""),
        ("阳光",                    "word=阳光"),
        ("阳光 路灯",               "word=阳光 | word=路灯"),
        ("部门:住建 逾期",          "unit=部门：住建 | state=已逾期"),
        ("部门：住建，城管",        "unit=部门：住建、城管"),
        ("部门: 住建",              "unit=部门：住建"),
        ("部门:",                   "unit=部门：…?"),
        ("unit:roads overdue",      "unit=部门：roads | state=已逾期"),
        ("类别:路灯 步骤:2-4",      "class=类别：路灯 | step=步骤：核实立案 至 跟踪处理"),
        ("步骤:交办",               "step=步骤：分流交办"),
        ("步骤:胡说",               "word=步骤:胡说"),
        ("胡说:八道",               "word=胡说:八道"),
        ("区域:371502001",          "area=区域：371502001"),
        ("昨天",                    "reported=昨天 2026-09-29"),
        ("昨天的路灯",              "reported=昨天 2026-09-29 | word=路灯"),
        ("本周",                    "reported=本周 2026-09-28..2026-10-04"),
        ("last week",               "reported=上周 2026-09-21..2026-09-27"),
        ("9月",                     "reported=2026-09-01..2026-09-30"),
        ("十月",                    "reported=2025-10-01..2025-10-31"),
        ("9月12日 井盖",            "reported=2026-09-12 | word=井盖"),
        ("十月三十一号",            "reported=2025-10-31"),
        ("2026-09-12",              "reported=2026-09-12"),
        ("2026-09",                 "reported=2026-09-01..2026-09-30"),
        ("时间:2026-09-01..2026-09-12", "reported=时间：2026-09-01..2026-09-12"),
        ("时间:9月1日至9月12日",    "reported=时间：2026-09-01..2026-09-12"),
        ("时间:>2026-09-01",        "reported=时间：2026-09-01..9999-12-31"),
        ("近7天",                   "reported=2026-09-24..2026-09-30"),
        ("due:tomorrow",            "due=截止：明天 2026-10-01"),
        ("2月30日",                 "word=2月30日"),
        ("附近",                    "near=附近 500 米"),
        ("附近300米",               "near=附近 300 米"),
        ("附近井盖",                "near=附近 500 米 | word=井盖"),
        ("near me",                 "near=附近 500 米"),
        ("near:2km",                "near=附近：附近 2000 米"),
        ("#7k3m9q",                 "number=编号：7K3M9Q"),
        ("#",                       "number=编号：?"),
        ("260930-7K3M9Q",           "number=编号：260930-7K3M9Q"),
        ("@王敏",                   "person=工作人员：王敏"),
        ("@wm",                     "person=工作人员：wm"),
        ("13812345678",             "word=13812345678"),
        ("371502001001001",         "word=371502001001001"),
        ("\"逾期\"",                "word=逾期"),
        ("“昨天 晚上”",             "word=昨天 晚上"),
        ("ＹＧ　０２",              "word=yg | word=02"),
        ("紧急 来源:热线",          "urgency=紧急 | channel=来源：热线"),
        ("类型:人员 王",            "kind=类型：工作人员 | word=王"),
        ("逾期路灯",                "state=已逾期 | word=路灯"),
        ("!!! ---",                 ""),
    ] {
        assert_eq!(told(text), should, "{text:?}");
    }
}

#[test]
fn digits_may_be_the_end_of_a_telephone_number() {
    assert_eq!(asked("5678").tails, ["5678"]);
    assert_eq!(asked("138123456789").tails, Vec::<String>::new(), "twelve digits are a code");
    assert_eq!(asked("123").tails, Vec::<String>::new());
}

#[test]
fn a_chip_says_where_its_piece_stands() {
    let text = "部门: 住建  昨天的路灯";
    let at = |chip: &Chip| -> String {
        text.chars().skip(chip.from as usize).take((chip.to - chip.from) as usize).collect()
    };
    let pieces: Vec<String> = asked(text).chips.iter().map(at).collect();
    assert_eq!(pieces, ["部门: 住建", "昨天", "路灯"]);
}

#[test]
fn kinds_and_filters_of_cases_are_told_apart() {
    assert!(asked("逾期").is_about_cases() && asked("#7K").is_about_cases());
    assert!(!asked("区域:桥头 王敏").is_about_cases());
    assert!(asked("部门:").is_empty() && asked("  ").is_empty() && !asked("王").is_empty());
    assert_eq!(Kind::parse(Kind::Thing.as_str()), Some(Kind::Thing));
}

proptest! {
    #[test]
    fn whatever_is_written_is_understood_somehow(text in "[\\PC:\"# @年月日的..0-9]{0,40}") {
        let query = asked(&text);
        let n = text.chars().count() as u32;
        for chip in &query.chips {
            prop_assert!(chip.from <= chip.to && chip.to <= n);
        }
        for pair in query.chips.windows(2) {
            prop_assert!(pair[0].to <= pair[1].from);
        }
    }

    #[test]
    fn what_was_understood_as_a_word_is_one_again(text in "[一-龥]{2,6}") {
        let query = asked(&format!("\"{text}\""));
        prop_assert_eq!(query.words, vec![text]);
    }
}
