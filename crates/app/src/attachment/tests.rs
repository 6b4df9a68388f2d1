//! What comes in from cameras, and from those who are none.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use img_parts::jpeg::Jpeg;
use img_parts::{Bytes, ImageEXIF};
use jiff::tz::TimeZone;

use super::kind::Kind;
use super::picture::look;

/// A picture of 40 x 20 pixels whose left half is red.
fn drawn(format: ImageFormat) -> Vec<u8> {
    let image = RgbImage::from_fn(40, 20, |x, _| if x < 20 { Rgb([250, 0, 0]) } else { Rgb([0, 0, 250]) });
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(image).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// The same as a camera writes it: turned by `orientation`, with a time, a place and a name.
fn photographed(orientation: u16) -> Vec<u8> {
    use exif::experimental::Writer;
    use exif::{Field, In, Rational, Tag, Value};
    let rational =
        |parts: [u32; 3]| Value::Rational(parts.iter().map(|n| Rational { num: *n, denom: 1 }).collect());
    let ascii = |text: &str| Value::Ascii(vec![text.as_bytes().to_vec()]);
    let fields = [
        (Tag::Orientation, Value::Short(vec![orientation])),
        (Tag::Artist, ascii("SecretName")),
        (Tag::DateTimeOriginal, ascii("2026:09:30 08:15:00")),
        (Tag::GPSLatitudeRef, ascii("N")),
        (Tag::GPSLatitude, rational([36, 27, 0])),
        (Tag::GPSLongitudeRef, ascii("E")),
        (Tag::GPSLongitude, rational([115, 59, 6])),
    ]
    .map(|(tag, value)| Field { tag, ifd_num: In::PRIMARY, value });
    let mut writer = Writer::new();
    for field in &fields {
        writer.push_field(field);
    }
    let mut exif = Cursor::new(Vec::new());
    writer.write(&mut exif, false).unwrap();
    let mut jpeg = Jpeg::from_bytes(Bytes::from(drawn(ImageFormat::Jpeg))).unwrap();
    jpeg.set_exif(Some(Bytes::from(exif.into_inner())));
    jpeg.encoder().bytes().to_vec()
}

fn zone() -> TimeZone {
    TimeZone::get("Asia/Shanghai").unwrap()
}

#[test]
fn time_and_place_are_read_and_then_nothing_of_the_camera_is_left() {
    let found = look(&photographed(1), ImageFormat::Jpeg, &zone()).unwrap();
    assert_eq!(found.taken.unwrap().to_string(), "2026-09-30T00:15:00Z");
    let point = found.point.unwrap();
    assert!((point.lat - 36.45).abs() < 1e-9 && (point.lng - 115.985).abs() < 1e-9);
    for kept in [&found.clean, &found.thumb] {
        assert!(!kept.windows(6).any(|bytes| bytes == b"Secret" || bytes == b"Exif\0\0"));
    }
    assert_eq!(found.pixels, (40, 20));
}

#[test]
fn a_picture_that_only_says_which_way_is_up_is_turned_before_it_forgets() {
    let found = look(&photographed(6), ImageFormat::Jpeg, &zone()).unwrap();
    assert_eq!(found.pixels, (20, 40));
    let turned = image::load_from_memory(&found.clean).unwrap().into_rgb8();
    assert_eq!(turned.dimensions(), (20, 40));
    assert!(turned.get_pixel(10, 5)[0] > 200, "what was on the left is now above");
}

#[test]
fn every_kind_of_picture_keeps_its_pixels() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let given = drawn(format);
        let found = look(&given, format, &zone()).unwrap();
        let pixels = |bytes: &[u8]| image::load_from_memory(bytes).unwrap().into_rgb8();
        assert_eq!(pixels(&found.clean), pixels(&given), "{format:?}");
        assert_eq!((found.taken, found.point), (None, None));
    }
}

#[test]
fn a_small_file_that_claims_to_be_huge_is_refused_before_it_is_decoded() {
    let mut png = drawn(ImageFormat::Png);
    png[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]); // 30,000 x 30,000
    let crc = crc(&png[12..29]);
    png[29..33].copy_from_slice(&crc.to_be_bytes());
    let refused = look(&png, ImageFormat::Png, &zone()).unwrap_err();
    assert!(refused.to_string().contains("8192 pixels"), "{refused}");
}

#[test]
fn a_picture_that_breaks_off_is_refused() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let bytes = drawn(format);
        for share in [3, 10, 50, 90, 99] {
            let part = &bytes[..(bytes.len() * share / 100).max(12)];
            assert!(look(part, format, &zone()).is_err(), "{share} % of a {format:?}");
        }
    }
}

#[test]
fn the_kind_is_told_by_the_bytes() {
    for (bytes, kind) in [
        (drawn(ImageFormat::Jpeg), Some(Kind::Jpeg)),
        (drawn(ImageFormat::Png), Some(Kind::Png)),
        (drawn(ImageFormat::WebP), Some(Kind::WebP)),
        (b"%PDF-1.7\n".to_vec(), Some(Kind::Pdf)),
        (b"OggS\0\x02".to_vec(), Some(Kind::Ogg)),
        (b"MZ\x90\0 this program cannot be run".to_vec(), None),
        (b"<svg onload='x()'/>".to_vec(), None),
        (b"<html>".to_vec(), None),
        (Vec::new(), None),
    ] {
        assert_eq!(Kind::of(&bytes), kind);
    }
}

/// CRC-32 as PNG wants it.
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    };
    !bytes.iter().fold(!0, step)
}
