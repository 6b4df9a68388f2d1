//! How a use case that did not happen becomes a problem: the one place where statuses meet refusals.

use super::{Code, FieldProblem, Problem, RefusalBody};
use app::AppError;
use domain::case::Refusal;
use domain::policy::Denied;
use std::borrow::Cow;

impl From<AppError> for Problem {
    fn from(error: AppError) -> Problem {
        let said = error.to_string();
        match error {
            AppError::Refused(refusal) => refused(&refusal, said),
            AppError::Denied(Denied::Unseen) | AppError::NotFound { .. } => Problem::new(Code::NotFound),
            AppError::Denied(_) | AppError::NotGranted { .. } | AppError::NotTheirs { .. } => {
                Problem::new(Code::NotYours).detail(said)
            }
            AppError::Invalid(fields) => {
                let wire = |f: app::FieldError| FieldProblem {
                    path: f.path,
                    code: Cow::Borrowed(f.code),
                    detail: f.detail,
                };
                Problem::new(Code::Invalid).fields(fields.into_iter().map(wire).collect())
            }
            AppError::KeyReused => Problem::new(Code::KeyReused),
            AppError::Stale { .. } | AppError::Moved => Problem::new(Code::Stale).detail(said),
            AppError::Blocked { .. } => Problem::new(Code::Blocked).detail(said),
            AppError::Contended => Problem::new(Code::Conflict),
            AppError::Unauthorized => Problem::new(Code::Unauthorized),
            AppError::Locked { retry_s } => Problem::new(Code::Locked).retry_after(retry_s),
            AppError::Busy { retry_s } => Problem::new(Code::Busy).retry_after(retry_s),
            AppError::Away { what, retry_s } => {
                tracing::error!(what, "it does not answer");
                Problem::new(Code::Away).detail(said).retry_after(retry_s)
            }
            AppError::Full => Problem::new(Code::Full).retry_after(30),
            fault => {
                tracing::error!(error = &fault as &dyn std::error::Error, "a use case failed");
                Problem::new(Code::Fault)
            }
        }
    }
}

fn refused(refusal: &Refusal, said: String) -> Problem {
    let (code, at, act, legal) = match refusal {
        Refusal::WrongStep { at, act, legal } => {
            (Code::WrongStep, at.as_str(), act.as_str(), legal.as_slice())
        }
        Refusal::OnHold { act, legal } => (Code::OnHold, "", act.as_str(), legal.as_slice()),
        _ => (Code::Refused, "", "", [].as_slice()),
    };
    let why = serde_json::to_value(refusal)
        .ok()
        .and_then(|v| v["why"].as_str().map(str::to_owned))
        .unwrap_or_default();
    let legal = legal.iter().map(|a| a.as_str().to_owned()).collect();
    Problem::new(code).detail(said).refusal(RefusalBody {
        why,
        at: at.to_owned(),
        act: act.to_owned(),
        legal,
    })
}
