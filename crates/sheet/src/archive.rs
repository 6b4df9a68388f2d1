//! Archives of named files that are the same bytes for the same files: names in order, no clock, one way of
//! compressing. And the door where a zip from outside is counted before it is believed.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};

use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use crate::error::SheetError;
use crate::limits::Limits;

/// Makes a zip of files by name, as `scores.csv` or `tables/scores.csv`.
///
/// The same files give the same bytes on every machine: names in the order of their bytes, dated 1980-01-01 (the
/// zero of zip), compressed at one level.
///
/// # Errors
/// A name that is absolute, empty, or holds `.`, `..`, `\` or a control character.
pub fn pack(files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>, SheetError> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(6))
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let failed = |error: ZipError| SheetError::Damaged(error.to_string());
    for (name, content) in files {
        if !is_right_name(name) {
            return Err(SheetError::Name(name.clone()));
        }
        writer.start_file(name.as_str(), options).map_err(failed)?;
        writer.write_all(content).map_err(|error| SheetError::Damaged(error.to_string()))?;
    }
    writer.finish().map(Cursor::into_inner).map_err(failed)
}

/// Reads a zip back, within limits; every file is checked against its checksum.
pub fn unpack(bytes: &[u8], limits: &Limits) -> Result<BTreeMap<String, Vec<u8>>, SheetError> {
    if bytes.len() > limits.bytes {
        return Err(SheetError::too_much("bytes of the file", limits.bytes as u64));
    }
    let mut files = BTreeMap::new();
    let mut inflated = 0;
    each_file(bytes, limits, &mut |name, reader| {
        let mut content = Vec::new();
        inflated += copy(name, reader, limits.inflated - inflated, limits, &mut content)?;
        if !is_right_name(name) || files.insert(name.to_owned(), content).is_some() {
            return Err(SheetError::Name(name.to_owned()));
        }
        Ok(())
    })?;
    Ok(files)
}

/// The names in a zip, after inflating all of it once and forgetting it: what a zip says of its own sizes may
/// be a lie.
pub(crate) fn measure(bytes: &[u8], limits: &Limits) -> Result<Vec<String>, SheetError> {
    let mut names = Vec::new();
    let mut inflated = 0;
    each_file(bytes, limits, &mut |name, reader| {
        inflated += copy(name, reader, limits.inflated - inflated, limits, &mut std::io::sink())?;
        names.push(name.to_owned());
        Ok(())
    })?;
    Ok(names)
}

type Visit<'a> = dyn FnMut(&str, &mut dyn Read) -> Result<(), SheetError> + 'a;

fn each_file(bytes: &[u8], limits: &Limits, visit: &mut Visit<'_>) -> Result<(), SheetError> {
    let mut zip =
        ZipArchive::new(Cursor::new(bytes)).map_err(|error| SheetError::Damaged(error.to_string()))?;
    if zip.len() > limits.files {
        return Err(SheetError::too_much("files in the archive", limits.files as u64));
    }
    for at in 0..zip.len() {
        let mut file = zip.by_index(at).map_err(|error| SheetError::Damaged(error.to_string()))?;
        if file.is_dir() {
            continue;
        }
        let name = file.name().map_err(|error| SheetError::Damaged(error.to_string()))?.into_owned();
        visit(&name, &mut file)?;
    }
    Ok(())
}

/// Copies at most `room` bytes.
fn copy(
    name: &str,
    reader: &mut dyn Read,
    room: u64,
    limits: &Limits,
    to: &mut impl Write,
) -> Result<u64, SheetError> {
    let copied = std::io::copy(&mut reader.take(room + 1), to)
        .map_err(|error| SheetError::Damaged(format!("{name}: {error}")))?;
    if copied > room {
        return Err(SheetError::too_much("bytes of the archive once inflated", limits.inflated));
    }
    Ok(copied)
}

fn is_right_name(name: &str) -> bool {
    let is_right = |part: &str| !matches!(part, "" | "." | "..") && !part.chars().any(char::is_control);
    !name.contains(['\\', ':']) && name.split('/').all(is_right)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> BTreeMap<String, Vec<u8>> {
        let text = "区域,得分\n东区,81.5\n".repeat(1_000);
        [("scores.csv", text.as_bytes()), ("tables/ranks.csv", b"1"), ("empty.csv", b"")]
            .map(|(name, content)| (name.to_owned(), content.to_vec()))
            .into()
    }

    #[test]
    fn the_same_files_are_the_same_bytes_and_come_back() {
        let packed = pack(&files()).unwrap();
        assert_eq!(packed, pack(&files()).unwrap());
        assert_eq!(unpack(&packed, &Limits::default()).unwrap(), files());
        assert!(packed.len() < 1_000);
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for name in ["", "/etc/passwd", "../up", "a//b", "a/./b", "c:\\x", "a\nb"] {
            let files = BTreeMap::from([(name.to_owned(), Vec::new())]);
            assert_eq!(pack(&files), Err(SheetError::Name(name.to_owned())));
        }
        let zip = hostile("../up.csv", b"x");
        assert_eq!(unpack(&zip, &Limits::default()), Err(SheetError::Name("../up.csv".to_owned())));
    }

    #[test]
    fn what_inflates_beyond_the_limit_is_refused() {
        let bomb = pack(&BTreeMap::from([("zeros".to_owned(), vec![0; 3_000_000])])).unwrap();
        assert!(bomb.len() < 10_000);
        let limits = Limits { inflated: 2_999_999, ..Limits::default() };
        let told = unpack(&bomb, &limits).unwrap_err().to_string();
        assert_eq!(told, "bytes of the archive once inflated: more than 2999999");
        assert!(measure(&bomb, &limits).is_err());
        assert!(unpack(&bomb, &Limits { inflated: 3_000_000, ..limits }).is_ok());
        let many: BTreeMap<_, _> = (0..5).map(|n| (format!("{n}"), Vec::new())).collect();
        assert!(unpack(&pack(&many).unwrap(), &Limits { files: 4, ..limits }).is_err());
    }

    #[test]
    fn a_changed_byte_is_found() {
        let mut packed = pack(&BTreeMap::from([("a.csv".to_owned(), b"1,2,3\n4,5,6\n".to_vec())])).unwrap();
        let at = 30 + "a.csv".len() + 2;
        packed[at] ^= 1;
        assert!(matches!(unpack(&packed, &Limits::default()), Err(SheetError::Damaged(_))));
    }

    fn hostile(name: &str, content: &[u8]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file(name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
        writer.finish().unwrap().into_inner()
    }
}
