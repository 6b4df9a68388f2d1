//! Files made to hurt: each is an error, quickly, and none a panic.

use proptest::prelude::*;
use sheet::{CsvStart, Limits, Table, find_header, pack, read, to_csv, to_xlsx, typed, unpack};

use crate::support::{book, open, parts};

const CELL: &str = r#"<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>"#;

fn repeated(times: usize, part: impl Fn(usize) -> String) -> String {
    (1..=times).map(part).collect::<Vec<_>>().concat()
}

#[test]
fn a_cell_in_the_far_corner_takes_no_room_and_is_refused() {
    let rows = |place: &str| {
        format!(
            r#"<sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="9"><c r="{place}"><v>1</v></c></row></sheetData>"#
        )
    };
    let told = |place| open(&book(&[("表", "visible", &rows(place))])).unwrap_err().to_string();
    assert_eq!(told("A1048576"), "rows: more than 50000 in sheet 表");
    assert_eq!(told("XFD9"), "columns: more than 2000 in sheet 表");
    assert!(open(&book(&[("表", "visible", &rows("ZZZZZZZZZ99999999999999999999"))])).is_err());
}

#[test]
fn rows_that_are_empty_but_for_their_end_are_counted() {
    let rows = repeated(400, |n| format!(r#"<row r="{n}"><c r="BXX{n}"><v>1</v></c></row>"#));
    let told = open(&book(&[("表", "visible", &format!("<sheetData>{rows}</sheetData>"))])).unwrap_err();
    assert_eq!(told.to_string(), "cells: more than 500000");
}

#[test]
fn one_long_text_shared_by_many_cells_is_counted() {
    let mut files = parts(&[("表", "visible", "")]);
    let cells = repeated(2_000, |n| format!(r#"<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>"#));
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let sheet = format!(r#"<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>"#);
    let shared = format!(r#"<sst xmlns="{main}"><si><t>{}</t></si></sst>"#, "长".repeat(10_000));
    files.insert("xl/worksheets/s0.xml".to_owned(), sheet.into_bytes());
    files.insert("xl/sharedStrings.xml".to_owned(), shared.into_bytes());
    let told = open(&pack(&files).unwrap()).unwrap_err();
    assert_eq!(told.to_string(), "bytes of text in cells: more than 16000000");
}

#[test]
fn merged_cells_over_everything_are_counted() {
    let rows = repeated(1_000, |n| format!(r#"<row r="{n}"><c r="Z{n}"><v>1</v></c></row>"#));
    let merges = r#"<mergeCell ref="A1:XFD1048576"/>"#.repeat(50);
    let xml = format!("<sheetData>{rows}</sheetData><mergeCells>{merges}</mergeCells>");
    assert_eq!(open(&book(&[("表", "visible", &xml)])).unwrap_err().to_string(), "cells: more than 500000");
}

#[test]
fn a_zip_that_inflates_without_end_is_refused() {
    let mut files = parts(&[("表", "visible", CELL)]);
    files.insert("xl/media/zeros.bin".to_owned(), vec![0; 70_000_000]);
    let told = open(&pack(&files).unwrap()).unwrap_err();
    assert_eq!(told.to_string(), "bytes of the archive once inflated: more than 64000000");
}

#[test]
fn two_sheets_of_one_name_too_many_sheets_and_no_sheet_are_refused() {
    let told = |sheets: &[_]| open(&book(sheets)).unwrap_err().to_string();
    assert!(told(&[("表", "visible", CELL), ("表", "visible", CELL)]).contains("the same name"));
    assert_eq!(told(&[]), "the file is empty");
    let names: Vec<String> = (0..51).map(|n| n.to_string()).collect();
    let many: Vec<_> = names.iter().map(|name| (name.as_str(), "visible", CELL)).collect();
    assert_eq!(told(&many), "sheets: more than 50");
}

#[test]
fn a_workbook_cut_anywhere_is_an_error() {
    let whole = book(&[("表", "visible", CELL)]);
    assert!(open(&whole).is_ok());
    for length in (0..whole.len()).step_by(7) {
        assert!(open(&whole[..length]).is_err(), "{length}");
    }
}

#[test]
fn xml_that_is_none_is_an_error() {
    for xml in [
        "<sheetData><row r=\"1\"><c r=\"A1\"><v>1</v>",
        "</worksheet>",
        "&nothing;",
        "<sheetData><row r=\"-1\"><c r=\"\"/></row>",
    ] {
        assert!(open(&book(&[("表", "visible", xml)])).is_err(), "{xml}");
    }
}

/// Whatever was read can also be looked at.
fn look_at(bytes: &[u8]) {
    for sheet in read(bytes, &Limits::default()).unwrap_or_default() {
        let _ = find_header(&sheet, &[sheet::Known::required(["编码", "code"])]);
        for row in 0..sheet.height() {
            for column in 0..sheet.width() {
                let _ = typed(sheet.seen(row, column));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes_are_sheets_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        look_at(&bytes);
        let _ = unpack(&bytes, &Limits::default());
        look_at(&[b"PK\x03\x04", &bytes[..]].concat());
        look_at(&[b"\xff\xfe", &bytes[..]].concat());
    }

    #[test]
    fn a_workbook_with_some_bytes_changed_is_sheets_or_an_error(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = book(&[("表", "visible", CELL)]);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        look_at(&bytes);
    }

    #[test]
    fn a_sheet_with_some_text_changed_is_cells_or_an_error(at in any::<prop::sample::Index>(), put in "[<>/&\"=A-Za-z0-9:;%#-]{0,6}", cut in 0_usize..8) {
        let mut xml = format!("<dimension ref=\"A1:B2\"/>{CELL}<mergeCells count=\"1\"><mergeCell ref=\"A1:B1\"/></mergeCells>");
        let at = at.index(xml.len());
        xml.replace_range(at..(at + cut).min(xml.len()), &put);
        look_at(&book(&[("表", "visible", &xml)]));
    }

    #[test]
    fn any_text_is_written_and_read_back(cells in proptest::collection::vec(proptest::collection::vec("[a-z区域,;\"'=+@\n -]{0,6}", 2), 1..6)) {
        let table = Table {
            columns: vec![sheet::Column::new("甲", 0.0), sheet::Column::new("乙", 0.0)],
            rows: cells.iter().map(|row| row.iter().map(|text| text.as_str().into()).collect()).collect(),
            ..Table::default()
        };
        let xlsx = open(&to_xlsx(std::slice::from_ref(&table)).unwrap()).unwrap();
        let csv = open(&to_csv(&table, CsvStart::Bom)).unwrap();
        for (at, row) in cells.iter().enumerate() {
            for (column, text) in row.iter().enumerate() {
                let text = text.trim();
                prop_assert_eq!(&xlsx[0].cell(at + 1, column).text(), text);
                // A guard of another hand's cannot be told from ours and is taken off.
                let guarded = text.strip_prefix('\'').is_some_and(|rest| rest.starts_with(['=', '+', '-', '@']));
                if !guarded && !text.starts_with("=\"") {
                    prop_assert_eq!(&csv[0].cell(at + 1, column).text(), text);
                }
            }
        }
    }
}
