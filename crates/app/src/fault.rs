//! How a use case ends badly: the city says no, the caller erred, or the machine failed.

use domain::case::Refusal;
use domain::policy::Denied;
use serde::Serialize;
use store::{CommitError, Fault};
use thiserror::Error;

/// Why a use case did not happen. Only the edges turn this into status codes.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AppError {
    /// The law of the loop says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The rights say no; `Unseen` is answered as if it did not exist.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such thing, or it is not theirs to know.
    #[error("there is no such {what}")]
    NotFound {
        /// Which kind of thing: `case`, `area`, `unit`.
        what: &'static str,
    },
    /// What was sent makes no sense; each field says how to mend it.
    #[error("{}", .0.first().map_or("the input is not valid", |f| f.detail.as_str()))]
    Invalid(Vec<FieldError>),
    /// The same key was used for another request.
    #[error("this key was used before for another request")]
    KeyReused,
    /// The caller decided on an older version than the one that stands.
    #[error("it was changed meanwhile (now at version {now})")]
    Stale {
        /// The version that stands.
        now: u32,
    },
    /// The caller decided on something else than what stands.
    #[error("it was changed meanwhile; read it again")]
    Moved,
    /// Others were faster, again and again.
    #[error("others are acting on it at this moment; try again")]
    Contended,
    /// It is seen by all and done by few; they are not one of these.
    #[error("only {who} may {what}")]
    NotTheirs {
        /// Who may: `an administrator of the area`.
        who: &'static str,
        /// What: `change areas`.
        what: &'static str,
    },
    /// What stands now does not allow it; the words say what to do instead.
    #[error("{why}")]
    Blocked {
        /// What stands in the way.
        why: String,
    },
    /// Nobody is signed in, or the sign-in is over.
    #[error("sign in first")]
    Unauthorized,
    /// The token was not given for this.
    #[error("this token may not be used for it: it has no scope {needs}")]
    NotGranted {
        /// The scope it lacks; `all` is a person's own sign-in.
        needs: &'static str,
    },
    /// Too many wrong passwords.
    #[error("too many attempts; try again in {retry_s} s")]
    Locked {
        /// Seconds to wait.
        retry_s: u32,
    },
    /// Too much work at this moment.
    #[error("too much work at this moment; try again in {retry_s} s")]
    Busy {
        /// Seconds to wait.
        retry_s: u32,
    },
    /// No space left to write; reading goes on.
    #[error("there is no space left to store anything; reading goes on")]
    Full,
    /// Something that this node needs does not answer.
    #[error("{what} does not answer; try again in {retry_s} s")]
    Away {
        /// Which thing.
        what: &'static str,
        /// Seconds to wait.
        retry_s: u32,
    },
    /// The machine failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// One field that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// JSON pointer to the field: `/place/lng`.
    pub path: String,
    /// Stable code: `missing`, `unknown`, `range`, `format`.
    pub code: &'static str,
    /// What is wrong and how to mend it.
    pub detail: String,
}

impl AppError {
    /// One field that makes no sense.
    pub fn field(path: &str, code: &'static str, detail: impl Into<String>) -> AppError {
        AppError::Invalid(vec![FieldError { path: path.to_owned(), code, detail: detail.into() }])
    }
}

impl From<CommitError> for AppError {
    fn from(error: CommitError) -> AppError {
        match error {
            CommitError::Conflict { .. } | CommitError::Duplicate { .. } => AppError::Contended,
            CommitError::Busy => AppError::Busy { retry_s: 1 },
            CommitError::Full => AppError::Full,
            CommitError::Fault(fault) => AppError::Fault(fault),
        }
    }
}
