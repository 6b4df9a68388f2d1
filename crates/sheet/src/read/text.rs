//! From bytes to text. Detection that is silently wrong would turn a county's name into another's, so a file
//! that reads as two things is refused, and so is one that reads as nothing, with line and byte.

use encoding_rs::{DecoderResult, GB18030};

use crate::error::SheetError;

/// The text of a CSV file, without its byte order mark.
pub fn decode(bytes: &[u8]) -> Result<String, SheetError> {
    if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        return match std::str::from_utf8(rest) {
            Ok(text) => without_zero(text.to_owned()),
            Err(error) => {
                Err(bad(bytes, 3 + error.valid_up_to(), ", though the file says by its BOM that it is UTF-8"))
            }
        };
    }
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        return utf16(bytes, rest, u16::from_le_bytes).and_then(without_zero);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        return utf16(bytes, rest, u16::from_be_bytes).and_then(without_zero);
    }
    if bytes.contains(&0) {
        return Err(SheetError::OtherKind(ZERO));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => utf8_unless_gbk(text),
        Err(error) => gb18030(bytes, error.valid_up_to()),
    }
}

const ZERO: &str = "not text (it holds zero bytes; UTF-16 is read where it begins with a BOM)";

fn without_zero(text: String) -> Result<String, SheetError> {
    if text.contains('\0') { Err(SheetError::OtherKind(ZERO)) } else { Ok(text) }
}

/// Line (from 1) of a byte counted from 0.
fn line_of(bytes: &[u8], at: usize) -> usize {
    bytes[..at.min(bytes.len())].split(|b| *b == b'\n').count()
}

fn bad(bytes: &[u8], at: usize, hint: &'static str) -> SheetError {
    let value = bytes.get(at).copied().unwrap_or_default();
    SheetError::Encoding { line: line_of(bytes, at), byte: at + 1, value, hint }
}

fn utf16(bytes: &[u8], rest: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, SheetError> {
    let mut text = String::with_capacity(rest.len());
    let mut at = 2;
    let mut lines = 1;
    let (pairs, odd) = rest.as_chunks::<2>();
    for c in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        let Ok(c) = c else { return Err(SheetError::Utf16 { line: lines, byte: at + 1 }) };
        at += 2 * c.len_utf16();
        lines += usize::from(c == '\n');
        text.push(c);
    }
    if odd.is_empty() { Ok(text) } else { Err(SheetError::Utf16 { line: lines, byte: bytes.len() }) }
}

/// Text of two-byte characters only may be GBK that happens to be valid UTF-8.
fn utf8_unless_gbk(text: &str) -> Result<String, SheetError> {
    let mut foreign = text.chars().filter(|c| !c.is_ascii()).peekable();
    if foreign.peek().is_none() || foreign.any(|c| c.len_utf8() > 2) {
        return Ok(text.to_owned());
    }
    let kinds = Kinds::count(text.as_bytes());
    let as_gbk = strict_gb18030(text.as_bytes()).ok().filter(|_| kinds.rare == 0);
    let Some(as_gbk) = as_gbk else { return Ok(text.to_owned()) };
    let line = text.lines().position(|line| !line.is_ascii()).unwrap_or(0);
    let piece = |text: &str| {
        let line = text.lines().nth(line).unwrap_or_default();
        let first = line.chars().position(|c| !c.is_ascii()).unwrap_or(0);
        line.chars().skip(first.saturating_sub(4)).take(16).collect::<String>()
    };
    Err(SheetError::TwoReadings { line: line + 1, utf8: piece(text), gbk: piece(&as_gbk) })
}

/// Text that is not UTF-8: GB18030 if it decodes to the last byte and to characters that people write.
fn gb18030(bytes: &[u8], not_utf8_at: usize) -> Result<String, SheetError> {
    let before = std::str::from_utf8(&bytes[..not_utf8_at]).unwrap_or_default();
    let began_as_utf8 = before.chars().any(|c| c.len_utf8() > 2);
    match strict_gb18030(bytes) {
        Ok(text) if Kinds::count(bytes).is_plausible() => Ok(text),
        _ if began_as_utf8 => Err(bad(bytes, not_utf8_at, ", though what stands before it is UTF-8")),
        Ok(_) => Err(bad(bytes, not_utf8_at, ", and read as GB18030 most characters are ones nobody writes")),
        Err(at) => Err(bad(bytes, at.max(not_utf8_at), "")),
    }
}

/// The text, or the first byte that does not fit.
fn strict_gb18030(bytes: &[u8]) -> Result<String, usize> {
    let mut decoder = GB18030.new_decoder_without_bom_handling();
    let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or(bytes.len() * 4);
    let mut text = String::with_capacity(room);
    match decoder.decode_to_string_without_replacement(bytes, &mut text, true) {
        (DecoderResult::InputEmpty, _) => Ok(text),
        (DecoderResult::Malformed(length, after), read) => {
            Err(read.saturating_sub(usize::from(length) + usize::from(after)))
        }
        (DecoderResult::OutputFull, read) => Err(read),
    }
}

/// How often the characters of a GB18030 text are used, told by the rows of GB 2312-1980 they stand in.
#[derive(Default)]
struct Kinds {
    /// The 3,755 characters of level 1, by which almost everything is written, and signs.
    common: usize,
    /// The 3,008 of level 2: names and learned words.
    second: usize,
    /// What GBK and GB18030 added.
    rare: usize,
}

impl Kinds {
    fn count(bytes: &[u8]) -> Kinds {
        let mut kinds = Kinds::default();
        let mut at = 0;
        while at < bytes.len() {
            if bytes[at] < 0x80 {
                at += 1;
                continue;
            }
            let trail = bytes.get(at + 1).copied().unwrap_or_default();
            match (bytes[at], trail) {
                (0xa1..=0xa9 | 0xb0..=0xd7, 0xa1..) => kinds.common += 1,
                (0xd8..=0xf7, 0xa1..) => kinds.second += 1,
                _ => kinds.rare += 1,
            }
            at += if (0x30..=0x39).contains(&trail) { 4 } else { 2 };
        }
        kinds
    }

    /// Nine of ten within GB 2312, half of all at its level 1. Big5, Shift-JIS, Latin letters with accents and
    /// UTF-8 cut in the middle, read as GB18030, give 30 % and more outside of it.
    fn is_plausible(&self) -> bool {
        let all = self.common + self.second + self.rare;
        self.rare * 10 <= all && self.common * 2 >= all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "指标编码,区域,数值\nA0101,东区,98.5\n";

    fn gbk(text: &str) -> Vec<u8> {
        encoding_rs::GBK.encode(text).0.into_owned()
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(bytes).collect()
    }

    #[test]
    fn one_text_in_every_encoding_is_one_text() {
        assert_eq!(decode(TEXT.as_bytes()).unwrap(), TEXT);
        assert_eq!(decode(format!("\u{feff}{TEXT}").as_bytes()).unwrap(), TEXT);
        assert_eq!(decode(&gbk(TEXT)).unwrap(), TEXT);
        assert_eq!(decode(&utf16(TEXT, u16::to_le_bytes)).unwrap(), TEXT);
        assert_eq!(decode(&utf16(TEXT, u16::to_be_bytes)).unwrap(), TEXT);
        let rare = GB18030.encode("区域：㙍村𠀀、镇街道办事处，社区居民委员会").0.into_owned();
        assert_eq!(decode(&rare).unwrap(), "区域：㙍村𠀀、镇街道办事处，社区居民委员会");
    }

    #[test]
    fn utf8_cut_in_the_middle_is_not_read_as_gbk() {
        let cut = &TEXT.as_bytes()[..=TEXT.find("区域").unwrap()];
        let told = decode(cut).unwrap_err().to_string();
        assert!(
            told.contains("line 1, byte 14 of the file is 0xE5, though what stands before it is UTF-8"),
            "{told}"
        );
        let mut spoiled = TEXT.as_bytes().to_vec();
        spoiled[TEXT.find("东区").unwrap() + 2] = b'?';
        assert!(decode(&spoiled).unwrap_err().to_string().contains("line 2, byte"));
    }

    #[test]
    fn gbk_with_a_broken_byte_names_it() {
        let mut bytes = gbk(TEXT);
        let at = bytes.len() - 9;
        bytes[at] = 0xff;
        let told = decode(&bytes).unwrap_err();
        assert!(matches!(told, SheetError::Encoding { line: 2, .. }), "{told}");
    }

    #[test]
    fn other_encodings_are_refused_and_not_guessed() {
        let big5 = encoding_rs::BIG5.encode("指標編碼,區域,數值,備註,衛生局,統計,資料").0.into_owned();
        let latin = encoding_rs::WINDOWS_1252.encode("área,valor\nPeñarroya,98\n").0.into_owned();
        let kana = encoding_rs::SHIFT_JIS.encode("地域コード,数値,ひらがな").0.into_owned();
        for bytes in [big5, latin, kana] {
            assert!(matches!(decode(&bytes), Err(SheetError::Encoding { .. })), "{:?}", decode(&bytes));
        }
    }

    #[test]
    fn a_text_with_two_readings_is_refused_with_both() {
        let told = decode("code,remark\nA1,é\n".as_bytes()).unwrap_err().to_string();
        assert!(told.contains("line 2") && told.contains('é') && told.contains('茅'), "{told}");
        assert!(decode("\u{feff}code,remark\nA1,é\n".as_bytes()).is_ok(), "a BOM settles it");
        assert!(decode("code,备注\nA1,é\n".as_bytes()).is_ok(), "so does one Chinese character in UTF-8");
    }

    #[test]
    fn half_a_utf16_and_zero_bytes_are_refused() {
        let mut half = utf16(TEXT, u16::to_le_bytes);
        half.pop();
        assert!(matches!(decode(&half), Err(SheetError::Utf16 { line: 2, .. })), "{:?}", decode(&half));
        assert!(matches!(
            decode(&[0xff, 0xfe, 0x00, 0xd8, 0x41, 0x00]),
            Err(SheetError::Utf16 { line: 1, byte: 3 })
        ));
        assert!(matches!(decode(b"a\0b"), Err(SheetError::OtherKind(_))));
    }
}
