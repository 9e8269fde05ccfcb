//! The homeserver is itself tried: a stub that takes everything proves nothing.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;

use super::stub::{Act, End, Fault, Setting, Stub};

/// A client of the application service.
struct Client {
    /// Connections.
    http: reqwest::Client,
    /// The homeserver's address.
    url: String,
}

impl Client {
    /// Asks on behalf of `user`; status and body.
    async fn ask(&self, method: &str, path: &str, user: &str, body: Value) -> (u16, Value) {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut url = reqwest::Url::parse(&format!("{}{path}", self.url)).unwrap();
        if !user.is_empty() {
            url.query_pairs_mut().append_pair("user_id", user);
        }
        let request = self
            .http
            .request(method.clone(), url)
            .bearer_auth("as_0123456789abcdef");
        let request = if method == "GET" {
            request
        } else {
            request.json(&body)
        };
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// Registers a user of the namespace.
    async fn register(&self, name: &str) {
        let body = json!({ "type": "m.login.application_service", "username": name, "inhibit_login": true });
        let (status, _) = self
            .ask("POST", "/_matrix/client/v3/register", "", body)
            .await;
        assert_eq!(status, 200);
    }
}

/// A homeserver with the desk registered, and a client.
async fn start() -> (Stub, Client) {
    let stub = Stub::start(Setting::default()).unwrap();
    let client = Client {
        http: reqwest::Client::builder().no_proxy().build().unwrap(),
        url: stub.url(),
    };
    client.register("loket").await;
    (stub, client)
}

/// The desk.
const DESK: &str = "@loket:localhost";

/// Creates a room as the desk; its id.
async fn room(client: &Client) -> String {
    let (status, body) = client
        .ask("POST", "/_matrix/client/v3/createRoom", DESK, json!({}))
        .await;
    assert_eq!(status, 200);
    body["room_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn who_may_not_ask_is_refused() {
    let (_stub, client) = start().await;
    let whoami = "/_matrix/client/v3/account/whoami";
    assert_eq!(client.ask("GET", whoami, DESK, json!({})).await.0, 200);
    let (status, body) = client.ask("GET", whoami, "@ayu:localhost", json!({})).await;
    assert_eq!((status, &body["errcode"]), (403, &json!("M_FORBIDDEN")));
    let (status, body) = client
        .ask("GET", whoami, "@loket_wa_1:localhost", json!({}))
        .await;
    assert_eq!(status, 403);
    assert!(
        body["error"]
            .as_str()
            .unwrap()
            .contains("has not registered this user")
    );
    let answer = client
        .http
        .get(format!("{}{whoami}", client.url))
        .bearer_auth("x");
    assert_eq!(answer.send().await.unwrap().status(), 401);
    let (status, body) = client
        .ask(
            "POST",
            "/_matrix/client/v3/register",
            "",
            json!({
            "type": "m.login.application_service", "username": "loket", "inhibit_login": true }),
        )
        .await;
    assert_eq!((status, &body["errcode"]), (400, &json!("M_USER_IN_USE")));
}

#[tokio::test]
async fn a_room_that_failed_keeps_its_alias() {
    let (stub, client) = start().await;
    stub.fail(Fault {
        path: "/createRoom".into(),
        act: Act::Half,
        skip: 0,
        times: 1,
    });
    let create = "/_matrix/client/v3/createRoom";
    let body = json!({ "room_alias_name": "loket_a" });
    assert_eq!(client.ask("POST", create, DESK, body.clone()).await.0, 500);
    let (status, body) = client.ask("POST", create, DESK, body).await;
    assert_eq!((status, &body["errcode"]), (400, &json!("M_ROOM_IN_USE")));
    assert_eq!(stub.find_room("#loket_a:localhost").unwrap().joined, [DESK]);
    let listed = json!({ "power_level_content_override": { "users": { DESK: 100 } } });
    assert_eq!(client.ask("POST", create, DESK, listed).await.0, 400);
}

#[tokio::test]
async fn a_transaction_id_belongs_to_the_path_and_not_to_the_user() {
    let (stub, client) = start().await;
    client.register("loket_wa_1").await;
    let room = room(&client).await;
    let ghost = "@loket_wa_1:localhost";
    let send = format!("/_matrix/client/v3/rooms/{room}/send/m.room.message/a");
    let line = |text: &str| json!({ "msgtype": "m.text", "body": text });
    assert_eq!(client.ask("PUT", &send, ghost, line("no")).await.0, 403);
    let invite = format!("/_matrix/client/v3/rooms/{room}/invite");
    assert_eq!(
        client
            .ask("POST", &invite, DESK, json!({ "user_id": ghost }))
            .await
            .0,
        200
    );
    let join = format!("/_matrix/client/v3/rooms/{room}/join");
    assert_eq!(client.ask("POST", &join, ghost, json!({})).await.0, 200);
    assert_eq!(
        client
            .ask("POST", &invite, DESK, json!({ "user_id": ghost }))
            .await
            .0,
        403
    );
    let first = client.ask("PUT", &send, DESK, line("one")).await;
    let second = client.ask("PUT", &send, ghost, line("two")).await;
    assert_eq!((first.0, &first), (200, &second));
    stub.restart(End::Kill);
    let third = client.ask("PUT", &send, DESK, line("one")).await;
    assert_ne!(
        first.1, third.1,
        "without a device nothing is known after a crash"
    );
    let (status, _) = client
        .ask(
            "PUT",
            &send.replace("/a", "/b"),
            DESK,
            line(&"x".repeat(66_000)),
        )
        .await;
    assert_eq!(status, 413);
}

#[tokio::test]
async fn a_device_is_known_after_a_crash() {
    let (stub, client) = start().await;
    let room = room(&client).await;
    let send = format!("/_matrix/client/v3/rooms/{room}/send/m.room.message/a?device_id=D");
    let line = json!({ "msgtype": "m.text", "body": "one" });
    assert_eq!(client.ask("PUT", &send, DESK, line.clone()).await.0, 400);
    let device = "/_matrix/client/v3/devices/D";
    assert_eq!(client.ask("PUT", device, DESK, json!({})).await.0, 200);
    let first = client.ask("PUT", &send, DESK, line.clone()).await;
    stub.restart(End::Kill);
    assert_eq!(client.ask("PUT", &send, DESK, line).await, first);
}

#[tokio::test]
async fn history_is_read_page_by_page_in_both_directions() {
    let (stub, client) = start().await;
    let room = room(&client).await;
    for text in ["1", "2", "3", "4", "5"] {
        stub.say(DESK, &room, text).unwrap();
    }
    let filter = "filter=%7B%22types%22%3A%5B%22m.room.message%22%5D%7D";
    let mut pages = Vec::new();
    let mut from = String::new();
    loop {
        let path = format!("/_matrix/client/v3/rooms/{room}/messages?dir=b&limit=2&{filter}{from}");
        let (status, body) = client.ask("GET", &path, DESK, json!({})).await;
        assert_eq!(status, 200);
        let texts = body["chunk"].as_array().unwrap().iter();
        pages.push(
            texts
                .map(|event| event["content"]["body"].clone())
                .collect::<Value>(),
        );
        let Some(end) = body.get("end").and_then(Value::as_str) else {
            break;
        };
        from = format!("&from={end}");
    }
    assert_eq!(json!(pages), json!([["5", "4"], ["3", "2"], ["1"]]));
    let path = format!("/_matrix/client/v3/rooms/{room}/messages?dir=f&limit=9&{filter}");
    let (_, body) = client.ask("GET", &path, DESK, json!({})).await;
    assert_eq!(body["chunk"].as_array().unwrap().len(), 5);
    assert_eq!(body.get("end"), None);
}

#[tokio::test]
async fn sync_tells_what_came_since_a_token_and_what_it_left_out() {
    let (stub, client) = start().await;
    let room = room(&client).await;
    let sync = "/_matrix/client/v3/sync?filter=%7B%22room%22%3A%7B%22timeline%22%3A%7B%22limit%22%3A2%7D%7D%7D";
    let (_, first) = client.ask("GET", sync, DESK, json!({})).await;
    let since = format!("{sync}&since={}", first["next_batch"].as_str().unwrap());
    let (_, nothing) = client.ask("GET", &since, DESK, json!({})).await;
    assert_eq!(nothing["rooms"]["join"], json!({}));
    for text in ["1", "2", "3"] {
        stub.say(DESK, &room, text).unwrap();
    }
    let (_, news) = client.ask("GET", &since, DESK, json!({})).await;
    let timeline = &news["rooms"]["join"][&room]["timeline"];
    assert_eq!(timeline["limited"], json!(true));
    assert_eq!(timeline["events"][0]["content"]["body"], json!("2"));
    let gap = timeline["prev_batch"].as_str().unwrap();
    let to = first["next_batch"].as_str().unwrap();
    let path = format!("/_matrix/client/v3/rooms/{room}/messages?dir=b&from={gap}&to={to}&limit=9");
    let (_, gap) = client.ask("GET", &path, DESK, json!({})).await;
    assert_eq!(gap["chunk"].as_array().unwrap().len(), 1);
    assert_eq!(gap["chunk"][0]["content"]["body"], json!("1"));
}

#[tokio::test]
async fn requests_fail_as_wished_before_and_after_they_are_acted_on() {
    let (stub, client) = start().await;
    let room = room(&client).await;
    let url = |txn: &str| {
        format!(
            "{}/_matrix/client/v3/rooms/{room}/send/m.room.message/{txn}?user_id={DESK}",
            client.url
        )
    };
    let send = |txn: &str| {
        let request = client.http.put(url(txn)).bearer_auth("as_0123456789abcdef");
        request
            .json(&json!({ "msgtype": "m.text", "body": txn }))
            .send()
    };
    let fault = |act| Fault {
        path: "/send/".into(),
        act,
        skip: 0,
        times: 1,
    };
    stub.fail(fault(Act::CutBefore));
    stub.fail(fault(Act::CutAfter));
    stub.fail(fault(Act::Limit {
        after: Duration::from_millis(70),
    }));
    stub.fail(fault(Act::Proxy(502)));
    assert!(send("a").await.is_err());
    assert!(send("b").await.is_err());
    let limited = send("c").await.unwrap();
    assert_eq!(limited.status(), 429);
    let body: Value = limited.json().await.unwrap();
    assert_eq!(body["retry_after_ms"], json!(70));
    assert_eq!(send("d").await.unwrap().status(), 502);
    assert_eq!(send("e").await.unwrap().status(), 200);
    let texts: Vec<Value> = stub
        .timeline(&room)
        .into_iter()
        .filter(|event| event["type"] == "m.room.message")
        .map(|event| event["content"]["body"].clone())
        .collect();
    assert_eq!(texts, ["b", "e"]);
}

/// What an application service was told.
#[derive(Debug, Default)]
struct Told {
    /// Transactions: id and texts, in the order in which they came.
    transactions: Vec<(String, Vec<String>)>,
    /// How many it did not take.
    refused: usize,
    /// Whether it takes none.
    is_ill: bool,
}

impl Told {
    /// The texts, in order.
    fn texts(&self) -> Vec<String> {
        let texts = self.transactions.iter().map(|(_, texts)| texts.clone());
        texts.flatten().collect()
    }
}

/// An application service that remembers what it was told.
struct Service {
    /// What it was told.
    told: watch::Sender<Told>,
    /// Where it listens.
    url: String,
    /// Its task.
    _task: tokio::task::JoinSet<()>,
}

/// Starts an application service.
async fn service() -> Service {
    let told = watch::Sender::new(Told::default());
    let router = axum::Router::new()
        .route(
            "/_matrix/app/v1/ping",
            axum::routing::post(|| async { "{}" }),
        )
        .route(
            "/_matrix/app/v1/transactions/{txn}",
            axum::routing::put(put),
        )
        .with_state(told.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut task = tokio::task::JoinSet::new();
    task.spawn(async move { axum::serve(listener, router).await.unwrap() });
    Service {
        told,
        url,
        _task: task,
    }
}

/// Takes a transaction, if the service is well.
async fn put(
    axum::extract::State(told): axum::extract::State<watch::Sender<Told>>,
    axum::extract::Path(txn): axum::extract::Path<String>,
    axum::Json(body): axum::Json<Value>,
) -> http::StatusCode {
    let events = body["events"].as_array().unwrap().iter();
    let texts = events.filter_map(|event| Some(event["content"]["body"].as_str()?.to_owned()));
    let texts = texts.collect();
    let mut status = http::StatusCode::OK;
    told.send_modify(|told| {
        if told.is_ill {
            told.refused += 1;
            status = http::StatusCode::INTERNAL_SERVER_ERROR;
        } else {
            told.transactions.push((txn, texts));
        }
    });
    status
}

impl Service {
    /// Waits until this is so.
    async fn until(&self, is_so: impl FnMut(&Told) -> bool) {
        let mut told = self.told.subscribe();
        let waited = tokio::time::timeout(Duration::from_secs(10), told.wait_for(is_so));
        waited.await.unwrap().unwrap();
    }

    /// Lets it be ill or well.
    fn set_ill(&self, is_ill: bool) {
        self.told.send_modify(|told| told.is_ill = is_ill);
    }
}

#[tokio::test]
async fn a_failed_transaction_is_repeated_and_a_restart_loses_what_was_queued() {
    let service = service().await;
    let stub = Stub::start(Setting {
        url: Some(service.url.clone()),
        backoff: Duration::from_millis(5),
        ..Setting::default()
    })
    .unwrap();
    let client = Client {
        http: reqwest::Client::builder().no_proxy().build().unwrap(),
        url: stub.url(),
    };
    client.register("loket").await;
    let room = room(&client).await;
    stub.say(DESK, &room, "1").unwrap();
    service.until(|told| told.texts().len() == 1).await;
    service.set_ill(true);
    stub.say(DESK, &room, "2").unwrap();
    stub.say(DESK, &room, "3").unwrap();
    service.until(|told| told.refused >= 3).await;
    service.set_ill(false);
    service.until(|told| told.texts() == ["1", "2", "3"]).await;
    while !stub.is_quiet() {
        tokio::task::yield_now().await;
    }
    // Down, restarted: nobody is told what was said, and later ids begin anew.
    stub.go_down();
    assert!(client.http.get(&client.url).send().await.is_err());
    stub.say(DESK, &room, "lost").unwrap();
    stub.restart(End::Orderly);
    stub.come_up();
    stub.say(DESK, &room, "4").unwrap();
    service
        .until(|told| told.texts() == ["1", "2", "3", "4"])
        .await;
    assert_eq!(service.told.borrow().transactions.last().unwrap().0, "1");
    assert_eq!(
        stub.timeline(&room).last().unwrap()["content"]["body"],
        json!("4")
    );
    let ping = "/_matrix/client/v1/appservice/loket/ping";
    assert_eq!(client.ask("POST", ping, "", json!({})).await.0, 200);
}
