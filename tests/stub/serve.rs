//! Connections and requests.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use http::{Request, Response, StatusCode, header};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use super::answer::{Asked, Refusal};
use super::ask::Ask;
use super::fault::Act;
use super::setting::Setting;
use super::world::World;
use super::{push, route};

/// The most bytes of a request that is no upload.
const LARGEST: usize = 50 * 1024 * 1024;

/// How long nothing is tried after the port was not free.
const PAUSE: Duration = Duration::from_millis(10);

/// What requests, the pusher and the owner share.
#[derive(Debug)]
pub(super) struct Hub {
    /// Everything.
    world: Mutex<World>,
    /// Whether it is up.
    up: std::sync::atomic::AtomicBool,
    /// Something new happened: `/sync` may answer.
    pub(super) news: Notify,
    /// What waits for the application service is tried at once.
    pub(super) hurry: Notify,
    /// Connections to the application service.
    pub(super) http: reqwest::Client,
}

impl Hub {
    /// An empty homeserver.
    pub(super) fn new(setting: Setting) -> Self {
        let http = reqwest::Client::builder().no_proxy().build();
        Self {
            world: Mutex::new(World::new(setting)),
            up: true.into(),
            news: Notify::new(),
            hurry: Notify::new(),
            http: http.unwrap_or_default(),
        }
    }

    /// Everything, locked: never across an await.
    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the application service is, and the token for it.
    pub(super) fn registration(&self) -> (Option<String>, String) {
        let world = self.world();
        (world.setting.url.clone(), world.setting.hs_token.clone())
    }

    /// Whether it is up.
    pub(super) fn is_up(&self) -> bool {
        self.up.load(std::sync::atomic::Ordering::SeqCst)
    }

    /// Says whether it is up.
    pub(super) fn set_up(&self, up: bool) {
        self.up.store(up, std::sync::atomic::Ordering::SeqCst);
        self.world().queue.wake.notify_one();
    }

    /// Waits until what is queued is to be tried at once.
    pub(super) async fn hurried(&self) {
        self.hurry.notified().await;
    }
}

/// Serves for ever; while it is down, nobody listens.
pub(super) async fn run(
    hub: Arc<Hub>,
    listener: std::net::TcpListener,
    address: SocketAddr,
    mut up: watch::Receiver<bool>,
) {
    let mut pusher = JoinSet::new();
    pusher.spawn(push::run(Arc::clone(&hub)));
    let mut listener = TcpListener::from_std(listener).ok();
    loop {
        if let Some(listener) = listener.take() {
            let mut open = JoinSet::new();
            tokio::select! {
                () = accept(&hub, &listener, &mut open) => {}
                _changed = up.wait_for(|up| !up) => {}
            }
        }
        if up.wait_for(|up| *up).await.is_err() {
            return;
        }
        listener = TcpListener::bind(address).await.ok();
        if listener.is_none() {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Accepts connections until the port is gone.
async fn accept(hub: &Arc<Hub>, listener: &TcpListener, open: &mut JoinSet<()>) {
    loop {
        tokio::select! {
            Some(_ended) = open.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _from)) => { open.spawn(converse(Arc::clone(hub), stream)); }
                Err(_) => tokio::time::sleep(PAUSE).await,
            },
        }
    }
}

/// Answers a connection's requests.
async fn converse(hub: Arc<Hub>, stream: TcpStream) {
    drop(stream.set_nodelay(true));
    let builder = Builder::new(TokioExecutor::new()).http1_only();
    let service = TowerToHyperService::new(Door(hub));
    // An error is a client that went away, or a connection cut on purpose.
    drop(
        builder
            .serve_connection(TokioIo::new(stream), service)
            .await,
    );
}

/// Where requests come in. An error cuts the connection.
#[derive(Debug, Clone)]
struct Door(Arc<Hub>);

impl<B> tower::Service<Request<B>> for Door
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    type Response = Response<Body>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let hub = Arc::clone(&self.0);
        Box::pin(async move { respond(&hub, request.map(Body::new)).await })
    }
}

/// Answers a request, or fails it as its owner wishes.
async fn respond(hub: &Hub, request: Request<Body>) -> io::Result<Response<Body>> {
    if !hub.is_up() {
        return Err(cut());
    }
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, LARGEST).await;
    let Ok(body) = body else {
        let refusal = Refusal::new(413, "M_TOO_LARGE", "Request content is too large");
        return Ok(written(&Err(refusal)));
    };
    let ask = match Ask::read(head.method, &head.uri, &head.headers, body) {
        Ok(ask) => ask,
        Err(refusal) => return Ok(written(&Err(refusal))),
    };
    let act = {
        let mut world = hub.world();
        world.counts.requests += 1;
        world.faults.take(&ask.path)
    };
    match &act {
        Some(Act::CutBefore) => return Err(cut()),
        Some(Act::Proxy(status)) => return Ok(of_proxy(*status)),
        Some(Act::Refuse(status, code)) => {
            return Ok(written(&Err(Refusal::new(*status, code, "Not this time"))));
        }
        Some(Act::Limit { after }) => return Ok(written(&Err(limit(*after)))),
        Some(Act::Slow(time)) => tokio::time::sleep(*time).await,
        Some(Act::CutAfter | Act::ProxyAfter(_) | Act::Half) | None => {}
    }
    let answer = route::answer(hub, &ask, act.as_ref()).await;
    if ask.method != http::Method::GET {
        hub.news.notify_waiters();
    }
    match act {
        Some(Act::CutAfter) => Err(cut()),
        Some(Act::ProxyAfter(status)) => Ok(of_proxy(status)),
        _ => Ok(written(&answer)),
    }
}

/// The answer of a limit.
fn limit(after: Duration) -> Refusal {
    let mut refusal = Refusal::new(429, "M_LIMIT_EXCEEDED", "Too Many Requests");
    refusal.retry_after_ms = u64::try_from(after.as_millis()).ok();
    refusal
}

/// A connection that is cut.
fn cut() -> io::Error {
    io::Error::from(io::ErrorKind::ConnectionAborted)
}

/// An answer that a proxy gives in place of the homeserver.
fn of_proxy(status: u16) -> Response<Body> {
    let mut response = Response::new(Body::from("<html><h1>Bad gateway</h1></html>"));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    response
}

/// An answer in JSON.
fn written(answer: &Asked) -> Response<Body> {
    let (status, body): (u16, Value) = match answer {
        Ok(body) => (200, body.clone()),
        Err(refusal) => (refusal.status, refusal.body()),
    };
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    let json = http::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
