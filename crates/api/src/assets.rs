//! The web app, built into the binary. A binary built without it says so on its first page.
//!
//! Files that carry a hash in their name never change and are kept for ever; the rest are asked about each time.
//! Every path that is a page of the app gets the app; `/api` never does.

use std::{
    collections::HashMap,
    io::Write as _,
    sync::{LazyLock, Mutex, PoisonError},
};

use axum::{
    body::Bytes,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use flate2::{Compression, write::GzEncoder};
use rust_embed::RustEmbed;

use crate::problem::{Code, Problem};

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Built;

/// What the first page says when the app was not built in.
const NOT_BUILT: &str = include_str!("not_built.html");
/// Media types of the files a build makes; anything else is only bytes.
#[rustfmt::skip] // a table, best read as one
const MEDIA: &[(&str, &str)] = &[
    ("html", "text/html; charset=utf-8"), ("js", "text/javascript; charset=utf-8"), ("css", "text/css; charset=utf-8"),
    ("json", "application/json"), ("webmanifest", "application/manifest+json"), ("svg", "image/svg+xml"),
    ("png", "image/png"), ("webp", "image/webp"), ("ico", "image/x-icon"), ("woff2", "font/woff2"),
    ("txt", "text/plain; charset=utf-8"), ("wasm", "application/wasm"), ("pbf", "application/x-protobuf"),
];

static PACKED: LazyLock<Mutex<HashMap<String, Bytes>>> = LazyLock::new(Mutex::default);

/// Answers every path that no route of the API takes.
pub async fn serve(request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    if is_reserved(path) {
        return Problem::new(Code::NotFound).into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Problem::new(Code::WrongMethod).into_response();
    }
    if let Some(file) = Built::get(path) {
        return send(path, file, request.headers());
    }
    if path.rsplit('/').next().is_some_and(|name| name.contains('.')) {
        return Problem::new(Code::NotFound).into_response(); // a file that is not there, and no page
    }
    match Built::get("index.html") {
        Some(page) => send("index.html", page, request.headers()),
        None => ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], NOT_BUILT).into_response(),
    }
}

/// Paths that are never a page of the app.
fn is_reserved(path: &str) -> bool {
    ["api", "health", "metrics"]
        .iter()
        .any(|first| path.strip_prefix(first).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

fn send(path: &str, file: rust_embed::EmbeddedFile, asked: &HeaderMap) -> Response {
    let tag = tag(&file.metadata.sha256_hash());
    let known = asked.get(header::IF_NONE_MATCH).is_some_and(|tags| contains(tags, &tag));
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else if takes_gzip(asked) && is_text(path) {
        let packed = pack(path, &tag, &file.data);
        ([(header::CONTENT_ENCODING, "gzip")], packed).into_response()
    } else {
        Bytes::from(file.data.into_owned()).into_response()
    };
    let kept = if is_hashed(path) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media(path)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::ETAG, HeaderValue::from_str(&tag).expect("hex digits in quotes"));
    response
}

fn tag(hash: &[u8; 32]) -> String {
    use std::fmt::Write as _;
    let mut tag = String::from("\"");
    for byte in &hash[..12] {
        write!(tag, "{byte:02x}").expect("a string takes it all");
    }
    tag.push('"');
    tag
}

fn contains(tags: &HeaderValue, tag: &str) -> bool {
    tags.to_str().is_ok_and(|tags| tags.split(',').any(|one| one.trim().trim_start_matches("W/") == tag))
}

/// Packed once, at the first request for it.
fn pack(path: &str, tag: &str, plain: &[u8]) -> Bytes {
    let mut packed = PACKED.lock().unwrap_or_else(PoisonError::into_inner);
    let of = packed.entry(format!("{path} {tag}")).or_insert_with(|| {
        let mut writer = GzEncoder::new(Vec::new(), Compression::new(6));
        writer.write_all(plain).expect("a vector takes it all");
        writer.finish().expect("a vector takes it all").into()
    });
    of.clone()
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|v| v.contains("gzip"))
}

fn media(path: &str) -> &'static str {
    let ending = path.rsplit('.').next().unwrap_or_default();
    MEDIA.iter().find(|(known, _)| *known == ending).map_or("application/octet-stream", |(_, media)| *media)
}

fn is_text(path: &str) -> bool {
    let media = media(path);
    media.starts_with("text/") || media.contains("json") || media.contains("svg") || media.contains("wasm")
}

/// The build puts a hash of eight characters into names under `assets/`.
fn is_hashed(path: &str) -> bool {
    path.starts_with("assets/")
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    async fn ask(path: &str) -> Response {
        serve(Request::get(path).body(Body::empty()).unwrap()).await
    }

    #[tokio::test]
    async fn every_page_of_the_app_is_answered_with_the_app() {
        for page in ["/", "/desk", "/desk/cases/260930-7K3M9Q", "/signin"] {
            let response = ask(page).await;
            assert_eq!(response.status(), StatusCode::OK, "{page}");
            assert_eq!(response.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
        }
    }

    #[tokio::test]
    async fn a_path_of_the_api_or_a_missing_file_is_never_the_app() {
        for path in ["/api", "/api/v1/nowhere", "/health/other", "/assets/gone-12345678.js"] {
            assert_eq!(ask(path).await.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[test]
    fn a_file_that_is_known_is_not_sent_again_and_a_hashed_one_is_kept_for_ever() {
        let file = || rust_embed::EmbeddedFile {
            data: b"let a = 1".as_slice().into(),
            metadata: rust_embed::Metadata::__rust_embed_new([7; 32], None, None),
        };
        let first = send("assets/app-12345678.js", file(), &HeaderMap::new());
        assert_eq!(first.headers()[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
        let tag = first.headers()[header::ETAG].clone();
        let again = send("index.html", file(), &HeaderMap::from_iter([(header::IF_NONE_MATCH, tag)]));
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(again.headers()[header::CACHE_CONTROL], "no-cache");
    }
}
