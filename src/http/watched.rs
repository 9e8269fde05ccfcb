//! Which requests of a connection are under way, so that a stop knows whether to
//! wait for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::http::Request;
use futures_util::future::BoxFuture;
use tower::Service;

/// How many requests are under way: their heads have come, their answers have not
/// been made. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct UnderWay(Arc<AtomicUsize>);

/// One request that is under way, until it is dropped.
#[derive(Debug)]
struct Held(UnderWay);

impl UnderWay {
    /// Whether there is none.
    pub(super) fn is_none(&self) -> bool {
        self.0.load(Ordering::Acquire) == 0
    }

    /// Counts one.
    fn hold(&self) -> Held {
        self.0.fetch_add(1, Ordering::AcqRel);
        Held(self.clone())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A service whose requests are counted while they are under way.
#[derive(Debug, Clone)]
pub(super) struct Watched<S> {
    /// The service.
    inner: S,
    /// Its requests.
    under_way: UnderWay,
}

impl<S> Watched<S> {
    /// `inner`, its requests counted in `under_way`.
    pub(super) fn new(inner: S, under_way: UnderWay) -> Self {
        Self { inner, under_way }
    }
}

impl<S, B> Service<Request<B>> for Watched<S>
where
    S: Service<Request<B>>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<S::Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let held = self.under_way.hold();
        let answer = self.inner.call(request);
        Box::pin(async move {
            let answer = answer.await;
            drop(held);
            answer
        })
    }
}
