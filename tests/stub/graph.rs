//! A strict and fast `POST /{version}/{number}/messages` of the Graph API, for runs
//! that count how much goes through. It knows no customers and no faults: the
//! simulator stays the judge of what is correct.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::{io, net::SocketAddr};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Map, Value, json};
use tokio::sync::oneshot;

/// The most characters of a text.
const LONGEST: usize = 4_096;

/// The most characters of `biz_opaque_callback_data`.
const LONGEST_DATA: usize = 512;

/// The keys a text message may have.
const KEYS: [&str; 8] = [
    "messaging_product",
    "recipient_type",
    "to",
    "recipient",
    "type",
    "text",
    "context",
    "biz_opaque_callback_data",
];

/// A Graph API that runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Graph {
    /// What it has taken.
    taken: Arc<Mutex<Taken>>,
    /// Where it listens.
    address: SocketAddr,
    /// Ends its thread when dropped.
    stop: Option<oneshot::Sender<()>>,
    /// Its thread.
    thread: Option<JoinHandle<()>>,
}

/// What was taken.
#[derive(Debug, Default)]
struct Taken {
    /// The access token.
    token: String,
    /// Texts by recipient, in the order in which they came.
    texts: BTreeMap<String, Vec<String>>,
    /// How often each attempt came.
    attempts: HashMap<String, u64>,
    /// How many texts.
    count: u64,
    /// How many read marks and typing indicators.
    gestures: u64,
    /// Why requests were refused.
    refused: Vec<String>,
}

impl Graph {
    /// Starts on loopback, in a thread and runtime of its own.
    ///
    /// # Errors
    /// The operating system's.
    pub(crate) fn start(token: &str) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Mutex::new(Taken {
            token: token.to_owned(),
            ..Taken::default()
        }));
        let router = Router::new()
            .route("/{version}/{number}/messages", post(messages))
            .with_state(Arc::clone(&shared));
        let (stop, stopped) = oneshot::channel::<()>();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let thread = thread::Builder::new()
            .name("graph".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
                        return;
                    };
                    tokio::select! {
                        _ended = async { axum::serve(listener, router).await } => {}
                        _ended = stopped => {}
                    }
                });
                runtime.shutdown_background();
            })?;
        Ok(Self {
            taken: shared,
            address,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Its address, without the version.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many texts it took.
    pub(crate) fn count(&self) -> u64 {
        lock(&self.taken).count
    }

    /// How many read marks and typing indicators it took.
    pub(crate) fn gestures(&self) -> u64 {
        lock(&self.taken).gestures
    }

    /// Texts by recipient, in the order in which they came.
    pub(crate) fn texts(&self) -> BTreeMap<String, Vec<String>> {
        lock(&self.taken).texts.clone()
    }

    /// Attempts that came more than once.
    pub(crate) fn repeated(&self) -> Vec<String> {
        let taken = lock(&self.taken);
        let twice = taken.attempts.iter().filter(|(_, times)| **times > 1);
        twice.map(|(attempt, _)| attempt.clone()).collect()
    }

    /// Why requests were refused.
    pub(crate) fn refused(&self) -> Vec<String> {
        lock(&self.taken).refused.clone()
    }
}

impl Drop for Graph {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// What was taken, locked.
fn lock(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes a message, or says why not.
async fn messages(
    State(taken): State<Arc<Mutex<Taken>>>,
    Path((version, number)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut taken = lock(&taken);
    let shown = headers.get(header::AUTHORIZATION);
    let shown = shown.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if shown != Some(taken.token.as_str()) {
        let text = "Invalid OAuth access token";
        return refusal(&mut taken, StatusCode::UNAUTHORIZED, 190, text);
    }
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    let is_path = version.starts_with('v') && number.bytes().all(|byte| byte.is_ascii_digit());
    let read = match serde_json::from_slice::<Value>(&body) {
        Ok(Value::Object(body)) if is_json && is_path => read(&body),
        _ => Err("not a JSON object, or not at this path".to_owned()),
    };
    match read {
        Ok(Said::Gesture) => {
            taken.gestures += 1;
            axum::Json(json!({ "success": true })).into_response()
        }
        Ok(Said::Text { to, text, attempt }) => {
            taken.count += 1;
            let id = format!("wamid.{:016}", taken.count);
            if let Some(attempt) = attempt {
                *taken.attempts.entry(attempt).or_default() += 1;
            }
            let contact = json!({ "input": to, "wa_id": to.trim_start_matches('+') });
            taken.texts.entry(to).or_default().push(text);
            axum::Json(json!({
                "messaging_product": "whatsapp",
                "contacts": [contact],
                "messages": [{ "id": id }],
            }))
            .into_response()
        }
        Err(why) => refusal(&mut taken, StatusCode::BAD_REQUEST, 100, &why),
    }
}

/// A body that can be.
#[derive(Debug)]
enum Said {
    /// A read mark, perhaps with a typing indicator.
    Gesture,
    /// A text.
    Text {
        /// To whom, as it was written.
        to: String,
        /// What.
        text: String,
        /// `biz_opaque_callback_data`.
        attempt: Option<String>,
    },
}

/// Reads a body, or says what is wrong with it.
fn read(body: &Map<String, Value>) -> Result<Said, String> {
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    if text("messaging_product") != Some("whatsapp") {
        return Err("messaging_product must be whatsapp".to_owned());
    }
    if body.contains_key("status") {
        let whole = text("status") == Some("read") && text("message_id").is_some();
        return whole
            .then_some(Said::Gesture)
            .ok_or_else(|| "not a read mark".to_owned());
    }
    if let Some(unknown) = body.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(format!("unexpected key {unknown}"));
    }
    if text("type") != Some("text")
        || text("recipient_type").unwrap_or("individual") != "individual"
    {
        return Err("not a text to one person".to_owned());
    }
    let phone = text("to").filter(|to| {
        let digits = to.strip_prefix('+').unwrap_or(to);
        (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    let user = text("recipient").filter(|user| user.contains('.'));
    let to = phone.or(user).ok_or("no recipient")?;
    let said = body.get("text").and_then(|text| text.get("body")?.as_str());
    let said = said.filter(|text| !text.is_empty() && text.chars().count() <= LONGEST);
    let attempt = text("biz_opaque_callback_data");
    if attempt.is_some_and(|data| data.chars().count() > LONGEST_DATA) {
        return Err("biz_opaque_callback_data is too long".to_owned());
    }
    let context = body.get("context");
    if context.is_some_and(|context| !context.get("message_id").is_some_and(Value::is_string)) {
        return Err("context without message_id".to_owned());
    }
    Ok(Said::Text {
        to: to.to_owned(),
        text: said
            .ok_or("text.body must have 1 to 4096 characters")?
            .to_owned(),
        attempt: attempt.map(str::to_owned),
    })
}

/// An error in Graph's shape.
fn refusal(taken: &mut Taken, status: StatusCode, code: u32, text: &str) -> Response {
    taken.refused.push(text.to_owned());
    let error = json!({
        "message": format!("(#{code}) {text}"),
        "type": "OAuthException",
        "code": code,
        "fbtrace_id": "stub",
    });
    (status, axum::Json(json!({ "error": error }))).into_response()
}
