//! The description of the API: generated from the handlers, mended where the generator is wrong, and locked by
//! a snapshot (`openapi.json` beside this crate's manifest). `page` is its readable form.

mod mend;
mod page;

use axum::{
    Router,
    body::Bytes,
    http::header,
    response::{Html, IntoResponse},
    routing::get,
};
use serde_json::Value;
use utoipa::{
    OpenApi,
    openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};

/// What is said about the API as a whole.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Gridward API",
        version = "1",
        description = "Cases, areas and the people who look after them. Times are RFC 3339 in UTC, coordinates WGS-84 \
            unless `crs` says otherwise. Errors are problems (RFC 9457) with stable codes. Lists are paged by an \
            opaque `cursor`; a request that creates something carries an `Idempotency-Key` and may be sent again.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    servers((url = "/", description = "This node")),
    security(("session" = []), ("bearer" = [])),
    modifiers(&Keys)
)]
pub struct About;

struct Keys;

impl utoipa::Modify for Keys {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let cookie = ApiKeyValue::with_description(
            "gridward_session",
            "Set by POST /api/v1/session. Unsafe methods also need the header `X-Gridward: 1`.",
        );
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("For programs."));
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer.build()));
    }
}

/// The finished description.
pub fn describe(generated: &utoipa::openapi::OpenApi) -> Value {
    let mut description = serde_json::to_value(generated).expect("the generator writes JSON");
    mend::mend(&mut description);
    description
}

/// `/api/openapi.json` and `/api/docs`, made once.
pub fn routes(description: &Value) -> Router {
    let json = Bytes::from(serde_json::to_vec(description).expect("a value is JSON"));
    let page = Html(page::draw(description).into_string());
    Router::new()
        .route(
            "/api/openapi.json",
            get(async move || ([(header::CONTENT_TYPE, "application/json")], json).into_response()),
        )
        .route("/api/docs", get(async move || page))
        .route("/api/docs.css", get(async || ([(header::CONTENT_TYPE, "text/css")], page::STYLE)))
}
