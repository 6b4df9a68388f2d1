//! Areas from CSV: UTF-8 with or without a byte-order mark, a header row, one area a row.
//!
//! Columns, in any order: `code` (needed), `name` or `name_zh`, `parent` or `parent_code`, `level`, `kind`, `name_en`, `pinyin`.

use csv::ByteRecord;
use domain::area::{AreaCode, Level};

use super::{Draft, Finding, Read, Spot};

const KNOWN: [(&str, &str); 9] = [
    ("code", "code"),
    ("name", "name_zh"),
    ("name_zh", "name_zh"),
    ("parent", "parent"),
    ("parent_code", "parent"),
    ("level", "level"),
    ("kind", "kind"),
    ("name_en", "name_en"),
    ("pinyin", "pinyin"),
];

/// Reads a file of areas.
pub fn read_csv(bytes: &[u8]) -> Read {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut rows = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(bytes);
    let (mut read, mut header) = (Read::default(), None);
    let mut record = ByteRecord::new();
    let mut lines = Lines { bytes, counted: 0, row: 1 };
    loop {
        match rows.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(e) => {
                read.findings.push(Finding::left_out(
                    Spot::File,
                    None,
                    format!("cannot be read as CSV: {e}"),
                ));
                break;
            }
        }
        let at = Spot::Row(record.position().map_or(0, |p| lines.row_at(p.byte() as usize)));
        let Some(header) = &header else {
            match columns(&record) {
                Ok(found) => header = Some(found),
                Err(finding) => {
                    read.findings.push(finding);
                    return read;
                }
            }
            continue;
        };
        match draft(at, header, &record) {
            Ok(draft) => read.drafts.push(draft),
            Err(finding) => read.findings.push(finding),
        }
    }
    if header.is_none() {
        read.findings.push(Finding::left_out(Spot::File, None, "is empty; it needs a header row"));
    }
    read.without_doubles()
}

/// Rows by position. The CSV reader's own line numbers are one short where lines end in CR LF.
struct Lines<'a> {
    bytes: &'a [u8],
    counted: usize,
    row: usize,
}

impl Lines<'_> {
    /// The row that the record at or after this byte begins in. Empty lines count, as in a spreadsheet.
    #[expect(clippy::naive_bytecount, reason = "a file of areas is small; not worth a dependency")]
    fn row_at(&mut self, byte: usize) -> usize {
        let start = byte.max(self.counted).min(self.bytes.len());
        let blank = self.bytes[start..].iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        self.row += self.bytes[self.counted..start + blank].iter().filter(|&&b| b == b'\n').count();
        self.counted = start + blank;
        self.row
    }
}

/// Our name of each column; `None` for one we do not know.
fn columns(record: &ByteRecord) -> Result<Vec<Option<&'static str>>, Finding> {
    let ours = |field: &[u8]| {
        let word = String::from_utf8_lossy(field).trim().to_ascii_lowercase();
        KNOWN.iter().find(|(theirs, _)| *theirs == word).map(|(_, ours)| *ours)
    };
    let found: Vec<_> = record.iter().map(ours).collect();
    if found.contains(&Some("code")) {
        return Ok(found);
    }
    let message =
        "has no column code; the first row must name the columns (code, name, parent, level, kind, name_en)";
    Err(Finding::left_out(Spot::Row(1), None, message))
}

fn draft(at: Spot, header: &[Option<&'static str>], record: &ByteRecord) -> Result<Draft, Finding> {
    if record.len() != header.len() {
        let message = format!(
            "has {} fields, the header has {}; look for a missing quote or comma",
            record.len(),
            header.len()
        );
        return Err(Finding::left_out(at, None, message));
    }
    let field = |column: &str| -> Result<Option<&str>, Finding> {
        let Some(i) = header.iter().position(|h| *h == Some(column)) else { return Ok(None) };
        let text = std::str::from_utf8(&record[i]).map_err(|_| {
            Finding::left_out(
                at,
                Some(column),
                "is not UTF-8; save the file as UTF-8 (spreadsheets often write GBK)",
            )
        })?;
        Ok(Some(text.trim()).filter(|t| !t.is_empty()))
    };
    let wrong = |column: &str, message: String| Finding::left_out(at, Some(column), message);
    let code_of =
        |column: &str, text: &str| text.parse::<AreaCode>().map_err(|e| wrong(column, e.to_string()));
    let code = field("code")?.ok_or_else(|| wrong("code", "is empty; every area needs its code".into()))?;
    let code = code_of("code", code)?;
    let parent = field("parent")?.map(|p| code_of("parent", p)).transpose()?;
    if let Some(level) = field("level")? {
        let level: Level = level.parse().map_err(|e| wrong("level", e))?;
        if level != code.level() {
            let message = format!("says {level}, but {code} has the length of a {} code", code.level());
            return Err(wrong("level", message));
        }
    }
    let kind = field("kind")?.map(|k| k.parse().map_err(|e| wrong("kind", e))).transpose()?;
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let (name_zh, name_en, pinyin) =
        (owned(field("name_zh")?), owned(field("name_en")?), owned(field("pinyin")?));
    if name_zh.is_none() && header.contains(&Some("name_zh")) {
        return Err(wrong("name_zh", "is empty; every area needs a name".into()));
    }
    Ok(Draft { at, code, name_zh, name_en, pinyin, parent, kind, polygon: None })
}
