//! How this API says no: one body for every refusal and fault (RFC 9457), with a stable code.
//!
//! The table of codes is in `code`; the words for a person are the client's, chosen by code. Faults of the
//! machine are logged where they become a problem, and tell the caller nothing of the machine.

mod code;
mod from_app;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

pub use code::{Code, table};

/// Media type of every problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// What a caller gets instead of an answer.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Problem {
    /// Names the kind of problem; opaque, stable, not meant to be opened.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "https://gridward.org/problems/not_found")]
    kind: Cow<'static, str>,
    /// The kind of problem in English.
    #[schema(value_type = String)]
    title: &'static str,
    /// The HTTP status, again.
    status: u16,
    /// Stable code: switch on this.
    code: Code,
    /// What happened here and how to mend it; not stable.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<Cow<'static, str>>,
    /// Each field that makes no sense.
    #[schema(required = false)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<FieldProblem>,
    /// Only when the law of the loop refuses an act: which acts the caller may make now.
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<Box<RefusalBody>>,
    #[serde(skip)]
    retry_after_s: Option<u32>,
}

/// One field that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldProblem {
    /// JSON pointer into the body (`/place/lng`), or the name of a query parameter (`?limit`).
    pub path: String,
    /// Stable code: `missing`, `unknown`, `type`, `range`, `format` and others.
    #[schema(value_type = String)]
    pub code: Cow<'static, str>,
    /// What is wrong and how to mend it.
    pub detail: String,
}

/// The law of the loop refuses an act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RefusalBody {
    /// Stable code: `wrong_step`, `on_hold` and others.
    pub why: String,
    /// The step at which the case stands.
    pub at: String,
    /// The act that was tried.
    pub act: String,
    /// The acts that law and rights allow this caller now.
    pub legal: Vec<String>,
}

/// Most handlers answer so.
pub type Answer<T> = Result<T, Problem>;

impl Problem {
    /// Says what the code does, and what a caller can do about it.
    pub fn new(code: Code) -> Self {
        Problem {
            kind: Cow::Owned(format!("https://gridward.org/problems/{}", code.as_str())),
            title: code.title(),
            status: code.status().as_u16(),
            code,
            detail: Some(Cow::Borrowed(code.mend())),
            fields: Vec::new(),
            refusal: None,
            retry_after_s: code.retry_after_s(),
        }
    }

    /// One field that makes no sense.
    pub fn field(path: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        let field = FieldProblem { path: path.into(), code: Cow::Borrowed(code), detail: detail.into() };
        Problem::new(Code::Invalid).fields(vec![field])
    }

    /// Says what happened here and how to mend it.
    #[must_use]
    pub fn detail(self, detail: impl Into<Cow<'static, str>>) -> Self {
        Problem { detail: Some(detail.into()), ..self }
    }

    /// Says which fields make no sense.
    #[must_use]
    pub fn fields(self, fields: Vec<FieldProblem>) -> Self {
        Problem { fields, ..self }
    }

    /// Takes the beginning of each field's path away, where it was not of the caller's making.
    #[must_use]
    pub(crate) fn without(mut self, beginning: &str) -> Self {
        for field in &mut self.fields {
            if let Some(rest) = field.path.strip_prefix(beginning) {
                field.path = rest.to_owned();
            }
        }
        self
    }

    /// Tells the same fields in other words.
    pub(crate) fn reword(&mut self, words: impl Fn(&mut FieldProblem)) {
        self.fields.iter_mut().for_each(words);
    }

    /// Says what the law allows instead.
    #[must_use]
    pub fn refusal(self, refusal: RefusalBody) -> Self {
        Problem { refusal: Some(Box::new(refusal)), ..self }
    }

    /// Says when to try again, in seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u32) -> Self {
        Problem { retry_after_s: Some(seconds), ..self }
    }

    /// The code of this problem.
    pub fn code(&self) -> Code {
        self.code
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after_s = self.retry_after_s;
        let mut response = (status, Json(&self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
