//! A stream that gives up on a reader who does not read: a write that makes no progress for too long fails.
//! Reading needs no such limit: heads and bodies have their own.
//!
//! It also takes its leave politely: whoever is still sending when we have answered and close would lose our answer
//! to the reset of the connection, so what they go on sending is read and thrown away for a moment.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep},
};

/// Silence after which the other end of a closing connection has nothing more to send.
const SILENT: Duration = Duration::from_millis(250);
/// The most time to listen to it.
const LEAVE: Duration = Duration::from_secs(3);

/// A stream with bounded patience.
pub struct Patient<S> {
    stream: S,
    patience: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
    leaving: Option<Leaving>,
}

/// Our side is closed; theirs is listened to until it is silent.
struct Leaving {
    silent: Pin<Box<Sleep>>,
    until: Instant,
}

impl<S> Patient<S> {
    /// Waits so long for any progress of a write.
    pub fn new(stream: S, patience: Duration) -> Self {
        Patient { stream, patience, waiting: None, leaving: None }
    }

    /// Passes on what came of a write, or fails once nothing came for too long.
    fn judge<T>(&mut self, context: &mut Context<'_>, wrote: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if wrote.is_ready() {
            self.waiting = None;
            return wrote;
        }
        let patience = self.patience;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(waiting.as_mut().poll(context));
        waiting.as_mut().reset(Instant::now() + patience);
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the reader does not read")))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.judge(cx, wrote)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.judge(cx, wrote)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.judge(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Patient { stream, leaving, .. } = &mut *self;
        if leaving.is_none() {
            ready!(Pin::new(&mut *stream).poll_shutdown(cx))?;
        }
        let leaving = leaving.get_or_insert_with(|| Leaving {
            silent: Box::pin(sleep(SILENT)),
            until: Instant::now() + LEAVE,
        });
        let mut thrown_away = [0; 16 * 1024];
        loop {
            let mut buffer = ReadBuf::new(&mut thrown_away);
            match Pin::new(&mut *stream).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    let now = Instant::now();
                    if now >= leaving.until {
                        return Poll::Ready(Ok(()));
                    }
                    leaving.silent.as_mut().reset((now + SILENT).min(leaving.until));
                }
                Poll::Ready(_closed_or_broken) => return Poll::Ready(Ok(())),
                Poll::Pending => {
                    ready!(leaving.silent.as_mut().poll(cx));
                    return Poll::Ready(Ok(()));
                }
            }
        }
    }
}
