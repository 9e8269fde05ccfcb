//! What the homeserver is asked, and what its answers come to.

mod asks;
mod failures;
mod limits;
mod recovery;
mod rooms;

use jiff::Timestamp;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::*;
use crate::clock::ManualClock;
use crate::domain::rich::Rich;
use crate::domain::room::{OutgoingContent, Style};

/// The ghost of most tests.
const GHOST: &str = "@loket_wa_1:example.org";

/// What a homeserver of these tests is asked under.
const BASE: &str = "/_matrix/client/v3";

/// A client of a homeserver somewhere.
fn client_at(address: &str, room_version: Option<&str>) -> Client {
    let options = Options {
        address: address.parse().unwrap(),
        domain: "example.org".into(),
        appservice_id: "loket".into(),
        as_token: "secret".to_owned().into(),
        desk_localpart: "loket".into(),
        desk_name: "Loket".into(),
        ghost_prefix: "loket_".into(),
        room_version: room_version.map(str::to_owned),
    };
    let now = Timestamp::from_second(1_700_000_000).unwrap();
    Client::new(options, ManualClock::new(now)).unwrap()
}

/// A homeserver that only knows its versions, and a client of it.
async fn homeserver() -> (MockServer, Client) {
    let server = MockServer::start().await;
    let versions = json!({"versions": ["v1.1", "v1.7", "v1.11"], "unstable_features": {}});
    answers(&server, "GET", "/_matrix/client/versions", 200, versions).await;
    let client = client_at(&server.uri(), None);
    (server, client)
}

/// From now on the homeserver answers so.
async fn answers(server: &MockServer, verb: &str, at: &str, status: u16, body: Value) {
    Mock::given(method(verb))
        .and(path(at))
        .respond_with(ResponseTemplate::new(status).set_body_json(body))
        .mount(server)
        .await;
}

/// A Matrix error.
fn error(code: &str) -> Value {
    json!({"errcode": code, "error": "no"})
}

/// What [`error`] comes to.
fn refused(code: &str, status: u16) -> MatrixError {
    MatrixError::Refused {
        code: code.into(),
        status,
    }
}

/// What was asked, without the versions: method, path and query.
async fn asked(server: &MockServer) -> Vec<String> {
    let requests = requests(server).await;
    requests
        .iter()
        .map(|request| {
            let query = request.url.query().map(|query| format!("?{query}"));
            let path = request.url.path().trim_start_matches(BASE);
            format!("{} {path}{}", request.method, query.unwrap_or_default())
        })
        .collect()
}

/// The requests, without the versions.
async fn requests(server: &MockServer) -> Vec<Request> {
    let mut requests = server.received_requests().await.unwrap();
    requests.retain(|request| !request.url.path().ends_with("/versions"));
    requests
}

/// The body of the last request.
async fn last_body(server: &MockServer) -> Value {
    let requests = requests(server).await;
    requests.last().expect("a request").body_json().unwrap()
}

/// A line of the ghost.
fn line(id: &str) -> Outgoing {
    Outgoing {
        author: GHOST.into(),
        room: "!r".into(),
        loket_id: id.into(),
        at: Timestamp::from_second(1_600_000_000).ok(),
        content: OutgoingContent::Text {
            text: Rich::from_plain("halo"),
            style: Style::Text,
            ring: Vec::new(),
            reply_to: None,
            replaces: None,
        },
    }
}

/// The ghost.
fn ghost(name: &str) -> Ghost {
    Ghost {
        user: GHOST.into(),
        name: name.into(),
    }
}

/// Where the ghost's line with this id goes.
fn send_path(id: &str) -> String {
    format!("{BASE}/rooms/!r/send/m.room.message/{id}")
}
