//! Workbooks written and read, by our own writer and as others make them.

use sheet::{
    Align, Cell, Column, CsvStart, Format, Known, Limits, Look, Table, Typed, Value, find_header, read,
    to_csv, to_xlsx, typed,
};

use crate::support::{book, open, text, texts};

fn report() -> Table {
    Table {
        name: "数据 2026/09".to_owned(),
        title: vec!["某市平安指数报送表".to_owned(), "填报说明：灰色单元格不填。".to_owned()],
        columns: vec![
            Column::new("指标编码 Code", 12.0).format(Format::Text),
            Column::new("名称", 30.0),
            Column::new("区域编码", 14.0).format(Format::Text).one_of(["01", "02"]),
            Column::new("分子", 10.0).format(Format::Whole).under("数据").at_least(0.0),
            Column::new("分母", 10.0).format(Format::Whole).under("数据").at_least(0.0),
            Column::new("数值", 10.0).format(Format::Decimals(2)).align(Align::Middle),
        ],
        rows: vec![
            vec![
                "A0101".into(),
                "按期整改率".into(),
                "01".into(),
                1234.0.into(),
                1300.0.into(),
                Value::empty().looking(Look::NotAsked),
            ],
            vec![
                "A0102".into(),
                "=1+1".into(),
                "02".into(),
                Value::empty(),
                Value::number(f64::NAN),
                98.5.into(),
            ],
        ],
        foot: vec!["数据来源：单位报送".to_owned()],
        landscape: true,
        row_height: 0.0,
        frozen_columns: 2,
    }
}

fn known() -> Vec<Known> {
    vec![
        Known::required(["指标编码", "code"]),
        Known::required(["区域编码", "area code"]),
        Known::optional(["分子", "numerator"]),
        Known::optional(["分母", "denominator"]),
        Known::optional(["数值", "value"]),
    ]
}

#[test]
fn what_is_written_is_read_back_from_both_kinds() {
    let xlsx = open(&to_xlsx(&[report()]).unwrap()).unwrap();
    assert_eq!(xlsx[0].name(), "数据 2026 09");
    let csv = open(&to_csv(&report(), CsvStart::Bom)).unwrap();
    for sheet in [&xlsx[0], &csv[0]] {
        let header = find_header(sheet, &known()).unwrap();
        assert_eq!(header.columns, [Some(0), Some(2), Some(3), Some(4), Some(5)], "{}", sheet.name());
        let figures: Vec<_> = header.columns[2..]
            .iter()
            .map(|column| typed(sheet.cell(header.first, column.unwrap())).unwrap())
            .collect();
        assert_eq!(figures, [Typed::Number(1234.0), Typed::Number(1300.0), Typed::Missing]);
        assert_eq!(sheet.cell(header.first, 2), &text("01"), "a code keeps its zero");
        assert_eq!(sheet.cell(header.first + 1, 1), &text("=1+1"), "a text stays a text");
        assert_eq!(typed(sheet.cell(header.first + 1, 5)).unwrap(), Typed::Number(98.5));
    }
}

#[test]
fn the_same_tables_are_the_same_bytes() {
    let once = to_xlsx(&[report(), report()]).unwrap();
    std::thread::spawn(move || assert_eq!(once, to_xlsx(&[report(), report()]).unwrap())).join().unwrap();
    assert_eq!(open(&to_xlsx(&[report(), report()]).unwrap()).unwrap()[1].name(), "数据 2026 09 2");
}

#[test]
fn csv_is_what_a_spreadsheet_opens() {
    let text = String::from_utf8(to_csv(&report(), CsvStart::Bom)).unwrap();
    assert!(text.starts_with("\u{feff}某市平安指数报送表\r\n"));
    assert!(text.contains("A0102,'=1+1,02,,,98.5\r\n"), "{text}");
}

#[test]
fn what_shows_as_percent_is_in_percent_and_a_day_is_a_day() {
    let rows = r#"<sheetData><row r="1">
        <c r="A1" s="1"><v>0.985</v></c><c r="B1" s="2"><v>0.57</v></c><c r="C1" s="3"><v>0.57</v></c>
        <c r="D1"><v>0.57</v></c><c r="E1" s="4"><v>46295</v></c><c r="F1" t="e"><v>#DIV/0!</v></c>
        <c r="G1" t="b"><v>1</v></c><c r="H1"><f>1+1</f><v>2</v></c></row></sheetData>"#;
    let sheets = open(&book(&[("表", "visible", rows)])).unwrap();
    let cells: Vec<_> = (0..8).map(|column| sheets[0].cell(0, column).clone()).collect();
    assert_eq!(
        cells,
        [
            Cell::Percent(98.5),
            Cell::Percent(57.0),
            Cell::Number(0.57),
            Cell::Number(0.57),
            Cell::Date("2026-09-30".to_owned()),
            Cell::Error("#DIV/0!".to_owned()),
            Cell::Truth(true),
            Cell::Number(2.0),
        ]
    );
}

#[test]
fn merged_cells_count_for_all_they_cover_in_headers_and_keys() {
    let rows = r#"<sheetData>
        <row r="1"><c r="A1" t="inlineStr"><is><t>九月报表</t></is></c></row>
        <row r="2"><c r="A2" t="inlineStr"><is><t>指标编码</t></is></c><c r="B2" t="inlineStr"><is><t>区域编码</t></is></c><c r="C2" t="inlineStr"><is><t>数据</t></is></c></row>
        <row r="3"><c r="C3" t="inlineStr"><is><t>分子</t></is></c><c r="D3" t="inlineStr"><is><t>分母</t></is></c></row>
        <row r="4"><c r="A4" t="inlineStr"><is><t>A0101</t></is></c><c r="B4"><v>1</v></c><c r="C4"><v>5</v></c><c r="D4"><v>6</v></c></row>
        <row r="5"><c r="B5"><v>2</v></c><c r="C5"><v>7</v></c><c r="D5"><v>8</v></c></row></sheetData>
        <mergeCells count="4"><mergeCell ref="A1:D1"/><mergeCell ref="A2:A3"/><mergeCell ref="B2:B3"/><mergeCell ref="C2:D2"/><mergeCell ref="A4:A5"/></mergeCells>"#;
    let sheets = open(&book(&[("表", "visible", rows)])).unwrap();
    let header = find_header(&sheets[0], &known()).unwrap();
    assert_eq!((header.first, &header.columns[..4]), (3, &[Some(0), Some(1), Some(2), Some(3)][..]));
    assert_eq!(sheets[0].seen(4, 0), &text("A0101"));
    assert!(sheets[0].cell(4, 0).is_empty(), "a figure is not spread: only who asks for it sees it");
    assert_eq!(sheets[0].covering(4, 0), Some((3, 0)));
}

#[test]
fn hidden_sheets_are_left_out_and_order_is_kept() {
    let one = |n: u8| format!(r#"<sheetData><row r="1"><c r="A1"><v>{n}</v></c></row></sheetData>"#);
    let sheets = open(&book(&[
        ("乙", "visible", &one(1)),
        ("藏", "hidden", &one(2)),
        ("深藏", "veryHidden", &one(3)),
        ("甲", "visible", &one(4)),
    ]))
    .unwrap();
    let told: Vec<_> =
        sheets.iter().map(|sheet| (sheet.name().to_owned(), texts(sheet)[0][0].clone())).collect();
    assert_eq!(told, [("乙".to_owned(), "1".to_owned()), ("甲".to_owned(), "4".to_owned())]);
}

#[test]
fn files_of_other_kinds_are_named() {
    for (bytes, kind) in [
        (&b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"[..], "Excel 97-2003"),
        (b"%PDF-1.7", "a PDF"),
        (b"<html><table>", "a web page"),
        (b"\xef\xbb\xbf <?xml version", "a web page"),
        (b"\x00\x01\x02", "not text"),
    ] {
        let told = open(bytes).unwrap_err().to_string();
        assert!(told.contains(kind) && told.contains("save it as XLSX"), "{told}");
    }
    assert_eq!(open(b"").unwrap_err().to_string(), "the file is empty");
    assert_eq!(open(b"\n , \n").unwrap_err().to_string(), "the file is empty");
    let word = sheet::pack(&[("word/document.xml".to_owned(), b"<x/>".to_vec())].into()).unwrap();
    assert!(open(&word).unwrap_err().to_string().contains("text document"));
    let size = read(&[b'1'; 100], &Limits { bytes: 99, ..Limits::default() }).unwrap_err();
    assert_eq!(size.to_string(), "bytes of the file: more than 99");
}
