//! Headers as departments make them.

use super::*;
use crate::{Limits, read};

fn known() -> Vec<Known> {
    vec![
        Known::required(["指标编码", "编码", "code"]),
        Known::required(["区域编码", "area code"]),
        Known::optional(["分子", "numerator"]),
        Known::optional(["数值", "value"]),
    ]
}

fn find(text: &str) -> Result<Header, HeaderFault> {
    find_header(&read(text.as_bytes(), &Limits::default()).unwrap()[0], &known())
}

#[test]
fn names_are_folded() {
    for (name, folded) in [
        ("数值（%）", "数值"),
        (" Ａｒｅａ  Code ", "areacode"),
        ("区 域\n编码", "区域编码"),
        ("area_code*", "areacode"),
        ("标准误[万人]", "标准误"),
        ("(%)", ""),
        ("（备注）", "备注"),
    ] {
        assert_eq!(fold(name), folded, "{name}");
    }
}

#[test]
fn title_rows_above_the_header_are_passed_over() {
    let header = find("2026年9月报表,,\n填报单位：,某局,\n\n指标编码,区域编码,数值（%）\nA1,01,5\n").unwrap();
    assert_eq!((header.row, header.first), (3, 4));
    assert_eq!(header.columns, [Some(0), Some(1), None, Some(2)]);
}

#[test]
fn names_in_english_or_in_both_languages_are_found() {
    let header = find("Value;Code;Area Code;Remark\n").unwrap();
    assert_eq!(header.columns, [Some(1), Some(2), None, Some(0)]);
    assert_eq!(header.others, [(3, "Remark".to_owned())]);
    let header = find("指标编码 Code;区域编码/Area code;分子Numerator;x\n").unwrap();
    assert_eq!(header.columns, [Some(0), Some(1), Some(2), None]);
}

#[test]
fn a_group_over_two_names_belongs_to_both() {
    let header = find("指标,,区域,,数据,\n编码,名称,编码,名称,分子,数值\nA1,x,01,y,1,2\n").unwrap();
    assert_eq!((header.row, header.first), (1, 2));
    assert_eq!(header.columns, [Some(0), Some(2), Some(4), Some(5)]);
}

#[test]
fn what_is_missing_is_named() {
    let told = find("编码,名称,数值\nA1,x,1\n").unwrap_err();
    assert_eq!(told.to_string(), "no row of column names was found; missing: 区域编码");
    assert!(matches!(told, HeaderFault::Missing { nearest: Some(1), .. }));
    assert!(find("1,2\n3,4\n").unwrap_err().to_string().ends_with("missing: 指标编码, 区域编码"));
}

#[test]
fn a_name_there_twice_is_told_with_both_places() {
    let told = find("指标编码,区域编码,数值,value\n").unwrap_err().to_string();
    assert_eq!(told, "the column 数值 is there twice: row 1, column C and row 1, column D");
}
