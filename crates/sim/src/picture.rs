//! Small drawn pictures that stand for photographs in the demo city: a flat PNG (W3C PNG, stored blocks) of one
//! colour a kind, and a one-line PDF for papers.

use domain::case::EvidenceKind;

const SIDE: usize = 48;

/// A picture or paper that stands for evidence of a kind.
pub fn of(kind: EvidenceKind) -> Vec<u8> {
    match kind {
        EvidenceKind::Before => png([0xb0, 0x6a, 0x2c]),
        EvidenceKind::During => png([0x8a, 0x8f, 0x98]),
        EvidenceKind::After => png([0x2c, 0x7a, 0x7b]),
        EvidenceKind::Document => b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n".to_vec(),
    }
}

fn png(colour: [u8; 3]) -> Vec<u8> {
    let mut rows = Vec::with_capacity(SIDE * (1 + 3 * SIDE));
    for y in 0..SIDE {
        rows.push(0);
        for x in 0..SIDE {
            let shade = if (x / 8 + y / 8) % 2 == 0 { 0 } else { 18 };
            rows.extend(colour.iter().map(|c| c.saturating_add(shade)));
        }
    }
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    let side = (SIDE as u32).to_be_bytes();
    chunk(&mut out, *b"IHDR", &[side.as_slice(), &side, &[8, 2, 0, 0, 0]].concat());
    chunk(&mut out, *b"IDAT", &stored(&rows));
    chunk(&mut out, *b"IEND", &[]);
    out
}

/// A zlib stream (RFC 1950) of one stored block (RFC 1951); at most 65,535 bytes.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let length = (bytes.len() as u16).to_le_bytes();
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    let mut out = vec![0x78, 0x01, 0x01, length[0], length[1], !length[0], !length[1]];
    out.extend_from_slice(bytes);
    out.extend_from_slice(&((b << 16) | a).to_be_bytes());
    out
}

fn chunk(out: &mut Vec<u8>, name: [u8; 4], data: &[u8]) {
    out.extend_from_slice(&(data.len() as u32).to_be_bytes());
    let start = out.len();
    out.extend_from_slice(&name);
    out.extend_from_slice(data);
    let crc = !out[start..].iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 },
        )
    });
    out.extend_from_slice(&crc.to_be_bytes());
}
