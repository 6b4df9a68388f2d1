//! Bodies under limits: by what they declare, by what they are, and by how long they stay silent.

use std::{
    error::Error,
    fmt,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, header},
};
use http_body::{Body as _, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

use crate::problem::{Answer, Code, Problem};

/// Why a body broke off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyFault {
    /// More bytes than this came.
    TooLarge(u64),
    /// Nothing came for too long.
    Silent,
}

impl fmt::Display for BodyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BodyFault::TooLarge(most) => write!(f, "the body may have at most {most} bytes"),
            BodyFault::Silent => f.write_str("the body stopped coming"),
        }
    }
}

impl Error for BodyFault {}

/// Finds our reason among the causes of an error that came out of a body.
pub fn fault_of(error: &(dyn Error + 'static)) -> Option<BodyFault> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(fault) = error.downcast_ref::<BodyFault>() {
            return Some(*fault);
        }
        cause = error.source();
    }
    None
}

/// A compressed body may be a thousand times what it seems: none is taken.
pub fn refuse_compressed(headers: &HeaderMap) -> Answer<()> {
    let encoded = headers.get(header::CONTENT_ENCODING).is_some_and(|value| value != "identity");
    if encoded {
        return Err(Problem::new(Code::UnsupportedMedia).detail("send the body without Content-Encoding"));
    }
    Ok(())
}

/// A body that declares too much is refused before its first byte.
pub fn refuse_declared(headers: &HeaderMap, most: u64) -> Answer<()> {
    let declared =
        headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|bytes| bytes > most) {
        return Err(Problem::new(Code::TooLarge).detail(BodyFault::TooLarge(most).to_string()));
    }
    Ok(())
}

/// The same body, broken off after `most` bytes or so much silence.
pub fn limited(body: Body, most: u64, silence: Duration) -> Body {
    if body.is_end_stream() {
        return body;
    }
    Body::new(Limited { body, most, left: most, silence, waiting: None })
}

struct Limited {
    body: Body,
    most: u64,
    left: u64,
    silence: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl http_body::Body for Limited {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let silence = self.silence;
        let Poll::Ready(came) = Pin::new(&mut self.body).poll_frame(cx) else {
            let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(silence)));
            return waiting.as_mut().poll(cx).map(|()| Some(Err(axum::Error::new(BodyFault::Silent))));
        };
        if let Some(waiting) = &mut self.waiting {
            waiting.as_mut().reset(Instant::now() + silence);
        }
        let Some(Ok(frame)) = came else { return Poll::Ready(came) };
        let bytes = frame.data_ref().map_or(0, |data| data.len() as u64);
        if bytes > self.left {
            return Poll::Ready(Some(Err(axum::Error::new(BodyFault::TooLarge(self.most)))));
        }
        self.left -= bytes;
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
