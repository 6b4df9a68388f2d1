//! Workbooks made by hand, as no writer would make them.

use std::collections::BTreeMap;

use sheet::{Cell, Limits, Sheet, SheetError, pack, read};

pub fn open(bytes: &[u8]) -> Result<Vec<Sheet>, SheetError> {
    read(bytes, &Limits::default())
}

/// Every cell as text.
pub fn texts(sheet: &Sheet) -> Vec<Vec<String>> {
    (0..sheet.height())
        .map(|row| (0..sheet.width()).map(|column| sheet.cell(row, column).text()).collect())
        .collect()
}

pub fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

/// A workbook of sheets by name, state and the XML of what stands in `worksheet`.
pub fn book(sheets: &[(&str, &str, &str)]) -> Vec<u8> {
    pack(&parts(sheets)).unwrap()
}

pub fn parts(sheets: &[(&str, &str, &str)]) -> BTreeMap<String, Vec<u8>> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const RELS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    let mut files = BTreeMap::new();
    let (mut list, mut rels) = (String::new(), String::new());
    for (n, (name, state, xml)) in sheets.iter().enumerate() {
        list += &format!(r#"<sheet name="{name}" sheetId="{}" state="{state}" r:id="r{n}"/>"#, n + 1);
        rels += &format!(r#"<Relationship Id="r{n}" Type="{RELS}/worksheet" Target="worksheets/s{n}.xml"/>"#);
        let sheet = format!(r#"<worksheet xmlns="{MAIN}">{xml}</worksheet>"#);
        files.insert(format!("xl/worksheets/s{n}.xml"), sheet.into_bytes());
    }
    let workbook = format!(r#"<workbook xmlns="{MAIN}" xmlns:r="{RELS}"><sheets>{list}</sheets></workbook>"#);
    // Formats: 0 general, 1 percent of Excel's own, 2 percent by a code, 3 a quoted percent sign, 4 a day.
    let styles = format!(
        r#"<styleSheet xmlns="{MAIN}"><numFmts count="2"><numFmt numFmtId="170" formatCode="0.00%"/><numFmt numFmtId="171" formatCode="0.0&quot;%&quot;"/></numFmts>
        <cellXfs count="5"><xf numFmtId="0"/><xf numFmtId="9"/><xf numFmtId="170"/><xf numFmtId="171"/><xf numFmtId="14"/></cellXfs></styleSheet>"#
    );
    files.insert("xl/workbook.xml".to_owned(), workbook.into_bytes());
    files.insert("xl/styles.xml".to_owned(), styles.into_bytes());
    let rels = format!(r#"<Relationships xmlns="{PACKAGE}">{rels}</Relationships>"#);
    files.insert("xl/_rels/workbook.xml.rels".to_owned(), rels.into_bytes());
    let root = format!(
        r#"<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Type="{RELS}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
    );
    files.insert("_rels/.rels".to_owned(), root.into_bytes());
    files
}
