//! Headers that tell a browser to trust this page with nothing it does not need.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// Scripts, styles and connections come from here alone; maps draw pictures from blobs and work in workers.
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; \
    font-src 'self'; worker-src 'self' blob:; connect-src 'self'; manifest-src 'self'; object-src 'none'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const PERMISSIONS: &str =
    "geolocation=(self), camera=(self), microphone=(self), payment=(), usb=(), serial=(), bluetooth=()";

/// Puts the strict headers on an answer, over none that a handler chose.
pub fn strict(headers: &mut HeaderMap, is_api: bool, https: bool) {
    let mut put = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    put(header::CONTENT_SECURITY_POLICY, POLICY);
    put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(header::X_FRAME_OPTIONS, "DENY");
    put(header::REFERRER_POLICY, "no-referrer");
    put(HeaderName::from_static("permissions-policy"), PERMISSIONS);
    put(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    put(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    if is_api {
        put(header::CACHE_CONTROL, "no-store");
    }
    if https {
        put(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
}
