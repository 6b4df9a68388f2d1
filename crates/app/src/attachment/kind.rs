//! Kinds of attachment, told by their first bytes. What is not in this table is not taken.

use image::ImageFormat;

/// A kind that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A photograph.
    Jpeg,
    /// A drawing or screenshot.
    Png,
    /// A photograph of some phones.
    WebP,
    /// A paper.
    Pdf,
    /// A sound of a browser.
    Ogg,
    /// A sound.
    Mp3,
    /// A sound.
    Wav,
    /// A sound of a telephone.
    Amr,
}

impl Kind {
    /// Every kind.
    #[rustfmt::skip] // a table, best read as one
    pub const ALL: &[Kind] =
        &[Kind::Jpeg, Kind::Png, Kind::WebP, Kind::Pdf, Kind::Ogg, Kind::Mp3, Kind::Wav, Kind::Amr];

    /// The kind that these bytes say they are.
    pub fn of(bytes: &[u8]) -> Option<Kind> {
        Some(match bytes {
            [0xff, 0xd8, 0xff, ..] => Kind::Jpeg,
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Kind::Png,
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Kind::WebP,
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Kind::Wav,
            [b'%', b'P', b'D', b'F', b'-', ..] => Kind::Pdf,
            [b'O', b'g', b'g', b'S', ..] => Kind::Ogg,
            [b'I', b'D', b'3', ..] | [0xff, 0xfb | 0xf3 | 0xf2, ..] => Kind::Mp3,
            [b'#', b'!', b'A', b'M', b'R', ..] => Kind::Amr,
            _ => return None,
        })
    }

    /// Media type.
    pub fn mime(self) -> &'static str {
        match self {
            Kind::Jpeg => "image/jpeg",
            Kind::Png => "image/png",
            Kind::WebP => "image/webp",
            Kind::Pdf => "application/pdf",
            Kind::Ogg => "audio/ogg",
            Kind::Mp3 => "audio/mpeg",
            Kind::Wav => "audio/wav",
            Kind::Amr => "audio/amr",
        }
    }

    /// How a picture of this kind is decoded; `None` for what is no picture.
    pub fn format(self) -> Option<ImageFormat> {
        match self {
            Kind::Jpeg => Some(ImageFormat::Jpeg),
            Kind::Png => Some(ImageFormat::Png),
            Kind::WebP => Some(ImageFormat::WebP),
            _ => None,
        }
    }
}
