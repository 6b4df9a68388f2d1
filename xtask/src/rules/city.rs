//! Local difference is data. The names of the demo city and its counties, in Chinese characters and in
//! pinyin, are read from the demo data itself; no code may contain one. `demo/`, documents and the data of
//! tests may.

use std::collections::BTreeSet;

use crate::finding::Finding;
use crate::tree::Tree;
use crate::words::{ending, is_test_data, numbered};

pub const NAME: &str = "city";
pub const SAYS: &str = "no name of the demo city or its counties in code";

const CODE: &[&str] =
    &["rs", "ts", "js", "mjs", "svelte", "sql", "toml", "sh", "html", "css", "json", "py", "yml", "yaml"];
/// Endings of an area's kind that a name may be used without.
const KINDS_ZH: &[&str] = &["区", "县", "市"];
const KINDS_EN: &[&str] = &[" city", " county", " district", "shi", "xian", "qu"];

/// Lines of code that name the city or a county, and demo data that gives no names at all.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let names = names(tree);
    let has_demo_areas = tree.files.keys().any(|path| is_area_table(path));
    if names.is_empty() && has_demo_areas {
        return vec![Finding::new(
            NAME,
            "demo",
            0,
            "the area tables give no city or county name: this rule sleeps",
        )];
    }
    let mut findings = Vec::new();
    for (path, text) in tree.texts().filter(|(path, _)| is_code(path)) {
        for (number, line) in numbered(text) {
            if let Some(name) = names.iter().find(|name| is_named(line, name)) {
                let says = format!("names {name}: local difference is data, put it under demo/");
                findings.push(Finding::new(NAME, path, number, says));
            }
        }
    }
    findings
}

fn is_code(path: &str) -> bool {
    let free = path.starts_with("demo/") || path.starts_with("docs/") || is_test_data(path);
    !free && (CODE.contains(&ending(path)) || path.ends_with("Makefile"))
}

fn is_area_table(path: &str) -> bool {
    path.starts_with("demo/") && path.contains("area") && ending(path) == "csv"
}

/// Names of levels city and county in the area tables of `demo/`: the columns that start with `name` or
/// `pinyin`, of the rows whose `level` is `city` or `county`. Zones are left out: their names are
/// ordinary words ("development zone") in many cities.
fn names(tree: &Tree) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (_, text) in tree.texts().filter(|(path, _)| is_area_table(path)) {
        let mut rows = text
            .trim_start_matches('\u{feff}')
            .lines()
            .map(|line| line.split(',').map(unquoted).collect::<Vec<_>>());
        let Some(head) = rows.next() else { continue };
        let Some(level) = head.iter().position(|column| *column == "level") else { continue };
        let named: Vec<usize> = (0..head.len())
            .filter(|i| {
                head[*i].starts_with("name") || head[*i].starts_with("pinyin") || head[*i].ends_with("_name")
            })
            .collect();
        let kind = head.iter().position(|column| *column == "kind");
        let is_zone = |row: &[&str]| kind.and_then(|kind| row.get(kind)) == Some(&"zone");
        for row in rows.filter(|row| matches!(row.get(level), Some(&"city" | &"county")) && !is_zone(row)) {
            names.extend(named.iter().filter_map(|i| row.get(*i)).flat_map(|name| spellings(name)));
        }
    }
    names
}

fn unquoted(field: &str) -> &str {
    field.trim().trim_matches('"')
}

/// The name as written and without the word for its kind, where what remains can still be told from
/// ordinary text: two Chinese characters or five letters.
fn spellings(name: &str) -> Vec<String> {
    let name = name.trim().to_lowercase();
    let mut spellings = vec![name.clone()];
    let kinds = if name.is_ascii() { KINDS_EN } else { KINDS_ZH };
    if let Some(short) = kinds.iter().find_map(|kind| name.strip_suffix(kind)) {
        spellings.push(short.trim().to_owned());
    }
    spellings.retain(|name| if name.is_ascii() { name.len() >= 5 } else { name.chars().count() >= 2 });
    let run_together: Vec<String> =
        spellings.iter().filter(|name| name.is_ascii()).map(|name| name.replace([' ', '\''], "")).collect();
    spellings.extend(run_together);
    spellings.sort();
    spellings.dedup();
    spellings
}

/// Chinese names and long pinyin anywhere, short pinyin only as a word of its own.
fn is_named(line: &str, name: &str) -> bool {
    let line = line.to_lowercase();
    if !name.is_ascii() || name.len() > 8 {
        return line.contains(name);
    }
    line.match_indices(name).any(|(at, _)| {
        let letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphabetic());
        !letter(line[..at].chars().next_back()) && !letter(line[at + name.len()..].chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREAS: &str = "\
code,level,kind,name_zh,name_en,pinyin
9901,city,city,青石市,Qingshi City,qingshishi
990101,county,district,白桥区,Baiqiao District,baiqiaoqu
990102,county,county,沙县,Sha County,shaxian
990103,county,zone,经济开发区,Development Zone,kaifaqu
990101001,township,town,柳树镇,Liushu Town,liushuzhen
";

    fn lines(path: &str, text: &str) -> Vec<usize> {
        let tree = Tree::of(&[("demo/qs/areas.csv", AREAS), (path, text)]);
        check(&tree).into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn a_city_named_in_code_is_found_in_both_scripts() {
        let text = "let a = \"青石\";\nlet b = \"Qingshi City\";\nfn qingshi_grids() {}\nlet c = \"白桥区\";\n// sha\n";
        assert_eq!(lines("crates/sim/src/lib.rs", text), [1, 2, 3, 4]);
    }

    #[test]
    fn a_township_a_zone_and_part_of_another_word_are_left_alone() {
        assert_eq!(
            lines("crates/sim/src/lib.rs", "let a = \"柳树镇\"; let b = \"xqingshix\"; // 经济开发区\n"),
            Vec::<usize>::new()
        );
    }

    #[test]
    fn demo_data_documents_and_test_data_may_name_it() {
        for path in ["demo/qs/a.toml", "docs/a.md", "README.md", "crates/app/tests/fixtures/a.json"] {
            assert_eq!(lines(path, "青石市\n"), Vec::<usize>::new(), "{path}");
        }
    }

    #[test]
    fn a_demo_without_names_is_itself_a_finding() {
        assert_eq!(check(&Tree::of(&[("demo/qs/areas.csv", "code,title\n1,x\n")])).len(), 1);
    }
}
