//! Reading a file: what kind it is, told by its content and never by its name, and then by its own reader.

mod csv;
mod text;
mod xlsx;

use crate::cell::Sheet;
use crate::error::SheetError;
use crate::limits::Limits;

/// Reads the sheets of a CSV or XLSX file.
///
/// CSV is one sheet without a name: UTF-8, UTF-16 with BOM, or GB18030 (which holds GBK and GB2312), between
/// commas, semicolons or tabs. Of a workbook, sheets that are hidden are left out: nobody saw what is in them.
/// The sheets come in the order of the workbook. No bytes make it panic.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Vec<Sheet>, SheetError> {
    if bytes.len() > limits.bytes {
        return Err(SheetError::too_much("bytes of the file", limits.bytes as u64));
    }
    let sheets = if bytes.starts_with(b"PK") {
        xlsx::read(bytes, limits)?
    } else if let Some(kind) = other_kind(bytes) {
        return Err(SheetError::OtherKind(kind));
    } else {
        vec![csv::read(&text::decode(bytes)?, limits)?]
    };
    if sheets.iter().all(|sheet| sheet.height() == 0) { Err(SheetError::Empty) } else { Ok(sheets) }
}

/// What people send instead of a table, by its first bytes.
fn other_kind(bytes: &[u8]) -> Option<&'static str> {
    let kinds: [(&[u8], &str); 6] = [
        (&[0xd0, 0xcf, 0x11, 0xe0], "a workbook of Excel 97-2003 (.xls), or one locked by a password"),
        (b"%PDF", "a PDF"),
        (b"\x89PNG", "a picture"),
        (&[0xff, 0xd8, 0xff], "a picture"),
        (b"Rar!", "a RAR archive"),
        (b"{\\rtf", "a text document"),
    ];
    let known = kinds.iter().find(|(start, _)| bytes.starts_with(start)).map(|(_, kind)| *kind);
    let is_page = || {
        let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
        let start = start[..start.len().min(15)].to_ascii_lowercase();
        [&b"<!doctype"[..], b"<html", b"<table", b"<?xml", b"<meta", b"<head"]
            .iter()
            .any(|tag| start.starts_with(tag))
    };
    known.or_else(|| is_page().then_some("a web page, as some systems export it under the name of .xls"))
}
