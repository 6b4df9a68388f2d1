//! The table of problem codes. A code is a promise: it keeps its meaning, and new ones may be added.

use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! codes {
    ($($name:ident $text:literal $status:ident $title:literal, $mend:literal;)*) => {
        /// Stable code of a problem.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Code { $(#[doc = $title] $name),* }

        impl Code {
            /// Every code there is, in the order of the table.
            pub const ALL: &[Code] = &[$(Code::$name),*];

            /// As it stands in a problem.
            pub fn as_str(self) -> &'static str { match self { $(Code::$name => $text),* } }
            /// The status it is sent with.
            pub fn status(self) -> StatusCode { match self { $(Code::$name => StatusCode::$status),* } }
            /// The kind of problem in English.
            pub fn title(self) -> &'static str { match self { $(Code::$name => $title),* } }
            /// What a caller can do about it.
            pub fn mend(self) -> &'static str { match self { $(Code::$name => $mend),* } }
        }
    };
}

#[rustfmt::skip] // a table, best read as one
codes! {
    Malformed        "malformed"         BAD_REQUEST            "The request cannot be read",            "send well-formed JSON in UTF-8; the detail names the line";
    Invalid          "invalid"           UNPROCESSABLE_ENTITY   "Some fields make no sense",             "each entry of `fields` names one by its path and says how to mend it";
    Unauthorized     "unauthorized"      UNAUTHORIZED           "Nobody is signed in",                   "sign in at `/api/v1/session`, or send a token";
    Locked           "locked"            TOO_MANY_REQUESTS      "Too many wrong passwords",              "wait as long as `Retry-After` says";
    CrossSite        "cross_site"        FORBIDDEN              "The request may come from another site", "browsers send `X-Gridward: 1` from a page of this host";
    NotYours         "not_yours"         FORBIDDEN              "Someone else may do this",              "the case is visible to you; the act belongs to another role, unit or area";
    NotFound         "not_found"         NOT_FOUND              "There is no such thing",                "it may also exist and not be yours to see";
    WrongMethod      "wrong_method"      METHOD_NOT_ALLOWED     "This path knows no such method",        "`Allow` lists the ones it knows";
    TimedOut         "timed_out"         REQUEST_TIMEOUT        "The request took too long",             "send it again with the same key; it may have been done";
    WrongStep        "wrong_step"        CONFLICT               "The case is at another step",           "`refusal.legal` lists the acts that are legal now";
    OnHold           "on_hold"           CONFLICT               "The case is on hold",                   "resume it first, or wait for the end of the hold";
    Refused          "refused"           CONFLICT               "The law of the loop says no",           "`refusal.why` says which rule";
    Blocked          "blocked"           CONFLICT               "What stands now does not allow it",     "the detail says what stands in the way, and what to do instead";
    Conflict         "conflict"          CONFLICT               "Others are acting on it",               "read it again and decide again";
    Running          "running"           CONFLICT               "The same request is still running",     "ask again with the same key";
    Stale            "stale"             PRECONDITION_FAILED    "It was changed meanwhile",              "read it again and decide on what stands now";
    KeyReused        "key_reused"        UNPROCESSABLE_ENTITY   "The key was used for another request",  "make a new key for a new request";
    TooLarge         "too_large"         PAYLOAD_TOO_LARGE      "The body is too large",                 "the detail says the limit";
    UnsupportedMedia "unsupported_media" UNSUPPORTED_MEDIA_TYPE "The body is of a kind not taken here",  "send the media type named in the detail, uncompressed";
    RateLimited      "rate_limited"      TOO_MANY_REQUESTS      "Too many requests",                     "wait as long as `Retry-After` says";
    Busy             "busy"              SERVICE_UNAVAILABLE    "Too much work at this moment",          "wait as long as `Retry-After` says; nothing was done";
    Full             "full"              SERVICE_UNAVAILABLE    "No space left to store anything",       "reading goes on; tell whoever operates this";
    Away             "away"              SERVICE_UNAVAILABLE    "Something this node needs does not answer", "wait as long as `Retry-After` says; nothing was done";
    Fault            "fault"             INTERNAL_SERVER_ERROR  "The machine failed",                    "tell whoever operates this the request id; send it again with the same key";
}

impl Code {
    /// Seconds after which trying again makes sense, where trying again alone can help.
    pub(super) fn retry_after_s(self) -> Option<u32> {
        match self {
            Code::Busy | Code::Running | Code::RateLimited => Some(1),
            Code::Away => Some(5),
            Code::Locked | Code::Full => Some(30),
            _ => None,
        }
    }
}

/// The table in Markdown, as it stands in the documentation.
pub fn table() -> String {
    let mut table =
        String::from("# Problem codes\n\n| code | status | meaning | what to do |\n|---|---|---|---|\n");
    for code in Code::ALL {
        use std::fmt::Write as _;
        let (text, status, title) = (code.as_str(), code.status().as_u16(), code.title());
        writeln!(table, "| `{text}` | {status} | {title} | {} |", code.mend())
            .expect("a string takes it all");
    }
    table
}
