//! Requests to the homeserver: who asks, how many at a time, and what an answer
//! means.

use std::borrow::Cow;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use jiff::SignedDuration;
use jiff::fmt::rfc2822;
use ruma::api::auth_scheme::{AuthScheme, SendAccessToken};
use ruma::api::client::discovery::get_supported_versions;
use ruma::api::path_builder::PathBuilder;
use ruma::api::{
    AppserviceUserIdentity, IncomingResponse, OutgoingRequest, OutgoingRequestAppserviceExt,
    SupportedVersions,
};
use ruma::{DeviceId, OwnedUserId};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::sync::{Notify, OnceCell, Semaphore};
use url::Url;

use super::MatrixError;
use super::answer::{failure, refusal, retry};
use super::names::id;
use crate::clock::SharedClock;
use crate::domain::ids::UserId;

/// The device of every user of ours: with it a homeserver recognises a repeated
/// send even after its own crash.
pub(super) const DEVICE: &str = "LOKET";

/// The most events being written at a time; more only wait in the homeserver.
const SENDS: usize = 12;

/// The most rooms being created or joined at a time: these take long, and must not
/// hold up lines of other conversations.
const ROOMS: usize = 3;

/// The most other requests at a time.
const OTHERS: usize = 8;

/// How long a ping may take: a homeserver that is slower does not do its work.
const ANSWER_PING: Duration = Duration::from_secs(10);
/// The most requests about what was not delivered at a time.
const RECOVERY: usize = 3;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(30);

/// The largest answer that is read, in bytes: a room with a hundred thousand members
/// has about so many.
const LARGEST_ANSWER: usize = 64 * 1024 * 1024;

/// How long an answer about a whole room may take.
const ANSWER_ROOM: Duration = Duration::from_secs(90);

/// How long a request that waits for nothing may take.
const ANSWER_WATCH: Duration = Duration::from_secs(50);

/// What a request counts against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    /// Events and state.
    Sends,
    /// Rooms, joins, users.
    Rooms,
    /// What was not delivered.
    Recovery,
    /// The request that is always under way.
    Watch,
    /// Everything else.
    Others,
    /// The question whether it is there: it waits behind nothing else.
    Pings,
}

/// Who asks for what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call<'a> {
    /// The request's name in metrics and errors.
    pub(super) name: &'static str,
    /// What it counts against.
    pub(super) share: Share,
    /// On whose behalf; `None` = the application service itself.
    pub(super) user: Option<&'a UserId>,
    /// Whether it comes from the user's device.
    pub(super) from_device: bool,
}

impl<'a> Call<'a> {
    /// A request of `user`.
    pub(super) fn new(name: &'static str, share: Share, user: &'a UserId) -> Self {
        Self {
            name,
            share,
            user: Some(user),
            from_device: false,
        }
    }
}

/// A request that ruma can write down for an application service.
pub(super) trait Typed:
    OutgoingRequest<
        Authentication: for<'a> AuthScheme<Input<'a> = SendAccessToken<'a>>,
        PathBuilder: for<'a> PathBuilder<Input<'a> = Cow<'a, SupportedVersions>>,
    > + Send
{
}

impl<R> Typed for R where
    R: OutgoingRequest<
            Authentication: for<'a> AuthScheme<Input<'a> = SendAccessToken<'a>>,
            PathBuilder: for<'a> PathBuilder<Input<'a> = Cow<'a, SupportedVersions>>,
        > + Send
{
}

/// The way to the homeserver.
#[derive(Debug)]
pub(super) struct Wire {
    /// Connections.
    http: reqwest::Client,
    /// The homeserver's address.
    address: Url,
    /// Our token.
    token: SecretString,
    /// What the homeserver supports, once it has said.
    versions: OnceCell<SupportedVersions>,
    /// [`SENDS`].
    sends: Semaphore,
    /// [`ROOMS`].
    rooms: Semaphore,
    /// [`RECOVERY`].
    recovery: Semaphore,
    /// One.
    watch: Semaphore,
    /// [`OTHERS`].
    others: Semaphore,
    /// One at a time.
    pings: Semaphore,
    /// Told whenever the homeserver was found to be away.
    away: Notify,
    /// Told at the same time, for who asks whether it really is.
    doubt: Notify,
    /// The time, for `Retry-After`.
    clock: SharedClock,
    /// How many milliseconds our clock is ahead, by the last answer; [`i64::MAX`] =
    /// not known.
    skew: AtomicI64,
}

impl Wire {
    /// A way to the homeserver at `address`. Nothing is asked yet.
    ///
    /// # Errors
    /// The machine's TLS cannot be set up.
    pub(super) fn new(
        address: Url,
        token: SecretString,
        clock: SharedClock,
    ) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .timeout(ANSWER)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self {
            http,
            address,
            token,
            versions: OnceCell::new(),
            sends: Semaphore::new(SENDS),
            rooms: Semaphore::new(ROOMS),
            recovery: Semaphore::new(RECOVERY),
            watch: Semaphore::new(1),
            others: Semaphore::new(OTHERS),
            pings: Semaphore::new(1),
            away: Notify::new(),
            doubt: Notify::new(),
            clock,
            skew: AtomicI64::new(i64::MAX),
        })
    }

    /// How far our clock is ahead of the homeserver's, by its last answer.
    pub(super) fn skew(&self) -> Option<SignedDuration> {
        let known = self.skew.load(Ordering::Relaxed);
        (known != i64::MAX).then(|| SignedDuration::from_millis(known))
    }

    /// Notes what time an answer says it is.
    fn note_date(&self, headers: &http::HeaderMap) {
        let date = headers.get(http::header::DATE);
        let date = date.and_then(|date| rfc2822::parse(date.to_str().ok()?).ok());
        if let Some(date) = date {
            let ahead = self.clock.now().duration_since(date.timestamp());
            let millis = i64::try_from(ahead.as_millis()).unwrap_or(i64::MAX);
            self.skew.store(millis, Ordering::Relaxed);
        }
    }

    /// Asks and reads the answer.
    pub(super) async fn ask<R: Typed>(
        &self,
        call: Call<'_>,
        request: R,
    ) -> Result<R::IncomingResponse, MatrixError> {
        let request = self.write(call, request).await?;
        self.answer::<R>(call, request).await
    }

    /// As [`Wire::ask`], with a body of our own in place of the typed one.
    pub(super) async fn ask_with<R: Typed>(
        &self,
        call: Call<'_>,
        request: R,
        body: &Value,
    ) -> Result<R::IncomingResponse, MatrixError> {
        let mut request = self.write(call, request).await?;
        *request.body_mut() = body.to_string().into_bytes();
        self.answer::<R>(call, request).await
    }

    /// Writes a request down.
    async fn write<R: Typed>(
        &self,
        call: Call<'_>,
        request: R,
    ) -> Result<http::Request<Vec<u8>>, MatrixError> {
        let versions = self.versions().await?;
        let user: Option<OwnedUserId> = match call.user {
            Some(user) => Some(id(user.as_str())?),
            None => None,
        };
        let token = SendAccessToken::Appservice(self.token.expose_secret());
        let address = self.address.as_str();
        let written = match user.as_deref() {
            Some(user) => {
                let mut identity = AppserviceUserIdentity::new(user);
                identity.device_id = call.from_device.then(|| <&DeviceId>::from(DEVICE));
                let versions = Cow::Borrowed(versions);
                request.try_into_http_request_with_identity(address, token, identity, versions)
            }
            None => request.try_into_http_request(address, token, Cow::Borrowed(versions)),
        };
        written.map_err(|_unwritable| MatrixError::Refused {
            code: "M_BAD_JSON".into(),
            status: 400,
        })
    }

    /// Sends a request and reads its answer.
    async fn answer<R: Typed>(
        &self,
        call: Call<'_>,
        request: http::Request<Vec<u8>>,
    ) -> Result<R::IncomingResponse, MatrixError> {
        let response = self.exchange(call, request).await?;
        R::IncomingResponse::try_from_http_response(response)
            .map_err(|_unreadable| retry(call.name, "an answer that cannot be read"))
    }

    /// What the homeserver supports: asked once, and again after a failure.
    pub(super) async fn versions(&self) -> Result<&SupportedVersions, MatrixError> {
        self.versions
            .get_or_try_init(|| async {
                let call = Call {
                    name: "versions",
                    share: Share::Others,
                    user: None,
                    from_device: false,
                };
                let request = get_supported_versions::Request::new()
                    .try_into_http_request(self.address.as_str(), SendAccessToken::None, ())
                    .map_err(|_unwritable| retry(call.name, "no request"))?;
                let response = self.exchange(call, request).await?;
                get_supported_versions::Response::try_from_http_response(response)
                    .map(|response| response.as_supported_versions())
                    .map_err(|_unreadable| retry(call.name, "an answer that cannot be read"))
            })
            .await
    }

    /// Sends a request when its share has room, and measures it.
    async fn exchange(
        &self,
        call: Call<'_>,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Bytes>, MatrixError> {
        let (share, limit) = match call.share {
            Share::Sends => (&self.sends, ANSWER),
            Share::Rooms => (&self.rooms, ANSWER_ROOM),
            Share::Recovery => (&self.recovery, ANSWER_ROOM),
            Share::Watch => (&self.watch, ANSWER_WATCH),
            Share::Others => (&self.others, ANSWER),
            Share::Pings => (&self.pings, ANSWER_PING),
        };
        let permit = share.acquire().await;
        let begun = Instant::now();
        let result = self.send(call.name, request, limit).await;
        drop(permit);
        let outcome = match &result {
            Ok(_) => "ok",
            Err(MatrixError::Retry { .. }) => "retry",
            Err(MatrixError::Refused { .. }) => "refused",
        };
        metrics::histogram!(
            "loket_homeserver_requests_seconds",
            "request" => call.name,
            "outcome" => outcome,
        )
        .record(begun.elapsed());
        result
    }

    /// Returns when the homeserver was found to be away, also if that was before.
    pub(super) async fn interrupted(&self) {
        self.away.notified().await;
    }

    /// Returns when a request found the homeserver away, also if that was before.
    pub(super) async fn doubted(&self) {
        self.doubt.notified().await;
    }

    /// A request found the homeserver away.
    fn note_away(&self) {
        self.away.notify_one();
        self.doubt.notify_one();
    }

    /// Sends a request. That the homeserver is away is told to who waits for it.
    async fn send(
        &self,
        name: &'static str,
        request: http::Request<Vec<u8>>,
        limit: Duration,
    ) -> Result<http::Response<Bytes>, MatrixError> {
        let failed = |error: reqwest::Error| {
            self.note_away();
            retry(name, failure(&error))
        };
        let mut request = reqwest::Request::try_from(request).map_err(failed)?;
        *request.timeout_mut() = Some(limit);
        let mut response = self.http.execute(request).await.map_err(failed)?;
        let status = response.status();
        let headers = response.headers().clone();
        self.note_date(&headers);
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > LARGEST_ANSWER {
                return Err(retry(name, "the answer is too long"));
            }
            body.extend_from_slice(&chunk);
        }
        let body = body.freeze();
        if is_away(status) {
            self.note_away();
        }
        if !status.is_success() {
            return Err(refusal(name, status, &headers, &body, self.clock.now()));
        }
        let mut answer = http::Response::new(body);
        *answer.status_mut() = status;
        *answer.headers_mut() = headers;
        Ok(answer)
    }
}

/// Whether it is a proxy that answers because the homeserver does not.
fn is_away(status: http::StatusCode) -> bool {
    matches!(status.as_u16(), 502..=504)
}
