//! One picture: how large it is, when and where it was taken, the picture without what the camera wrote into
//! it, and a thumbnail. Limits are asked before anything is decoded.

use std::io::Cursor;

use domain::geo::LngLat;
use exif::{Exif, In, Tag, Value};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use img_parts::jpeg::Jpeg;
use img_parts::png::Png;
use img_parts::webp::WebP;
use img_parts::{Bytes, ImageEXIF};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::AppError;

/// Pixels each way.
const MOST_PIXELS: u32 = 8_192;
/// Bytes that decoding may take.
const MOST_MEMORY: u64 = 96 * 1024 * 1024;
/// The longer side of a thumbnail, in pixels.
const THUMB: u32 = 320;
/// Segments of a JPEG that hold what it shows: APP0 (JFIF), APP2 (colours), APP14 (Adobe), and no comment.
const JPEG_APPS: std::ops::RangeInclusive<u8> = 0xe0..=0xef;
const JPEG_KEPT: [u8; 3] = [0xe0, 0xe2, 0xee];
const JPEG_COMMENT: u8 = 0xfe;
const JPEG_SCAN: [u8; 2] = [0xff, 0xda];
const JPEG_END: [u8; 2] = [0xff, 0xd9];

/// What was found, and what is kept.
#[derive(Debug)]
pub struct Picture {
    /// The picture without what the camera wrote into it, the right way up.
    pub clean: Vec<u8>,
    /// Width and height as it is shown.
    pub pixels: (u32, u32),
    /// When it was taken, by the camera's clock.
    pub taken: Option<Timestamp>,
    /// Where it was taken, WGS-84.
    pub point: Option<LngLat>,
    /// A small JPEG of it.
    pub thumb: Vec<u8>,
}

/// Looks at a picture; `zone` is that of cameras that do not name one.
pub fn look(bytes: &[u8], format: ImageFormat, zone: &TimeZone) -> Result<Picture, AppError> {
    let exif = exif::Reader::new().read_from_container(&mut Cursor::new(bytes)).ok();
    let (image, turned) = decode(bytes, format)?;
    let pixels = (image.width(), image.height());
    let stripped = strip(bytes, format)?;
    let clean = if turned { encode(&image, format)? } else { stripped };
    let small = image.thumbnail(THUMB, THUMB).into_rgb8();
    let thumb = encode(&DynamicImage::ImageRgb8(small), ImageFormat::Jpeg)?;
    let taken = exif.as_ref().and_then(|exif| taken(exif, zone));
    let point = exif.as_ref().and_then(point);
    Ok(Picture { clean, pixels, taken, point, thumb })
}

/// The pixels the right way up, and whether they had to be turned.
fn decode(bytes: &[u8], format: ImageFormat) -> Result<(DynamicImage, bool), AppError> {
    let unreadable = |error: image::ImageError| match error {
        image::ImageError::Limits(_) => {
            AppError::field("", "range", format!("a picture may have at most {MOST_PIXELS} pixels each way"))
        }
        _ => AppError::field("", "format", "this picture cannot be read; take it again"),
    };
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_PIXELS);
    limits.max_image_height = Some(MOST_PIXELS);
    limits.max_alloc = Some(MOST_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    image.apply_orientation(orientation);
    Ok((image, orientation != Orientation::NoTransforms))
}

fn encode(image: &DynamicImage, format: ImageFormat) -> Result<Vec<u8>, AppError> {
    let mut bytes = Cursor::new(Vec::new());
    let written = match format {
        ImageFormat::Jpeg => {
            let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 88);
            DynamicImage::ImageRgb8(image.to_rgb8()).write_with_encoder(encoder)
        }
        _ => image.write_to(&mut bytes, format),
    };
    written.map_err(|_| AppError::field("", "format", "this picture cannot be written again"))?;
    Ok(bytes.into_inner())
}

/// The same pixels, bit for bit, without anything that names a place, a time, a device or a person.
fn strip(bytes: &[u8], format: ImageFormat) -> Result<Vec<u8>, AppError> {
    let broken = |_| AppError::field("", "format", "this picture cannot be read; take it again");
    let bytes = Bytes::copy_from_slice(bytes);
    Ok(match format {
        ImageFormat::Jpeg => {
            let mut image = Jpeg::from_bytes(bytes).map_err(broken)?;
            image.segments_mut().retain(|segment| {
                let marker = segment.marker();
                marker != JPEG_COMMENT && (!JPEG_APPS.contains(&marker) || JPEG_KEPT.contains(&marker))
            });
            let bytes = image.encoder().bytes().to_vec();
            if breaks_off(&bytes) {
                let says = "this picture breaks off before its end; send it again";
                return Err(AppError::field("", "format", says));
            }
            bytes
        }
        ImageFormat::Png => {
            let mut image = Png::from_bytes(bytes).map_err(broken)?;
            image
                .chunks_mut()
                .retain(|chunk| !matches!(&chunk.kind(), b"tEXt" | b"iTXt" | b"zTXt" | b"tIME" | b"eXIf"));
            image.encoder().bytes().to_vec()
        }
        _ => {
            let mut image = WebP::from_bytes(bytes).map_err(broken)?;
            image.set_exif(None);
            image.chunks_mut().retain(|chunk| &chunk.id() != b"XMP ");
            image.encoder().bytes().to_vec()
        }
    })
}

/// Whether a JPEG has no end behind its last scan. Decoders are lenient about it, and half a photograph would be kept as
/// if it were whole.
fn breaks_off(jpeg: &[u8]) -> bool {
    let scan = jpeg.windows(2).rposition(|marker| marker == JPEG_SCAN).unwrap_or_default();
    !jpeg[scan..].windows(2).any(|marker| marker == JPEG_END)
}

fn taken(exif: &Exif, zone: &TimeZone) -> Option<Timestamp> {
    let ascii = |tag| match &exif.get_field(tag, In::PRIMARY)?.value {
        Value::Ascii(lines) => Some(String::from_utf8_lossy(lines.first()?).trim().to_owned()),
        _ => None,
    };
    let text = ascii(Tag::DateTimeOriginal).or_else(|| ascii(Tag::DateTime))?;
    let local = DateTime::strptime("%Y:%m:%d %H:%M:%S", &text).ok()?;
    let offset = ascii(Tag::OffsetTimeOriginal).and_then(|text| format!("{local}{text}").parse().ok());
    offset.or_else(|| zone.to_timestamp(local).ok())
}

fn point(exif: &Exif) -> Option<LngLat> {
    let degrees = |tag, side, negative: u8| {
        let Value::Rational(parts) = &exif.get_field(tag, In::PRIMARY)?.value else { return None };
        let [degrees, minutes, seconds] = parts.as_slice() else { return None };
        let sum = degrees.to_f64() + minutes.to_f64() / 60.0 + seconds.to_f64() / 3600.0;
        let Value::Ascii(sides) = &exif.get_field(side, In::PRIMARY)?.value else { return None };
        Some(if sides.first()?.first() == Some(&negative) { -sum } else { sum })
    };
    let lng = degrees(Tag::GPSLongitude, Tag::GPSLongitudeRef, b'W')?;
    let lat = degrees(Tag::GPSLatitude, Tag::GPSLatitudeRef, b'S')?;
    // Cameras without a fix write 0/0.
    LngLat::new(lng, lat).ok().filter(|p| p.lng != 0.0 || p.lat != 0.0)
}
