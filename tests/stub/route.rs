//! Which request means what, and who may ask it.

use http::Method;
use serde_json::{Value, json};

use super::answer::{Asked, Refusal};
use super::ask::Ask;
use super::create::VERSIONS;
use super::fault::Act;
use super::push;
use super::serve::Hub;
use super::world::World;
use super::write::Writer;

/// Who asks.
#[derive(Debug)]
struct Asker {
    /// The user.
    user: String,
    /// The user's device.
    device: Option<String>,
}

/// Answers a request.
pub(super) async fn answer(hub: &Hub, ask: &Ask, act: Option<&Act>) -> Asked {
    let parts: Vec<&str> = ask.parts.iter().map(String::as_str).collect();
    let method = &ask.method;
    match parts.as_slice() {
        ["_matrix", "client", "versions"] if method == Method::GET => Ok(versions()),
        ["_matrix", "client", "v3", "directory", "room", alias] if method == Method::GET => {
            hub.world().get_alias(alias)
        }
        ["_matrix", "client", "v1", "appservice", id, "ping"] if method == Method::POST => {
            hub.world().service(ask)?;
            push::ping(hub, id, &ask.object()?).await
        }
        ["_matrix", "client", "v3", "register"] if method == Method::POST => {
            let mut world = hub.world();
            world.service(ask)?;
            world.register(&ask.object()?)
        }
        ["_matrix", "client", "v3", "sync"] if method == Method::GET => sync(hub, ask).await,
        ["_matrix", "client", "v3", rest @ ..] => {
            let mut world = hub.world();
            let asker = world.asker(ask)?;
            client(&mut world, &asker, ask, rest, act)
        }
        ["_matrix", "media", version, rest @ ..] => {
            let mut world = hub.world();
            world.asker(ask)?;
            media(&mut world, ask, version, rest)
        }
        _ => Err(unrecognized()),
    }
}

/// `GET /sync`: waits until there is something, or the time is over.
async fn sync(hub: &Hub, ask: &Ask) -> Asked {
    let question = {
        let world = hub.world();
        let asker = world.asker(ask)?;
        world.sync_question(&asker.user, ask)?
    };
    let deadline = tokio::time::Instant::now() + question.wait;
    loop {
        let news = hub.news.notified();
        tokio::pin!(news);
        news.as_mut().enable();
        let (answer, something) = hub.world().sync(&question);
        if something || tokio::time::timeout_at(deadline, news).await.is_err() {
            return Ok(answer);
        }
    }
}

/// The requests that users make.
fn client(world: &mut World, asker: &Asker, ask: &Ask, rest: &[&str], act: Option<&Act>) -> Asked {
    let user = asker.user.as_str();
    let method = ask.method.as_str();
    match (method, rest) {
        ("GET", ["account", "whoami"]) => Ok(json!({ "user_id": user, "is_guest": false })),
        ("GET", ["capabilities"]) => Ok(capabilities(world)),
        ("PUT", ["devices", device]) => world.put_device(user, device),
        ("GET", ["profile", whose]) => world.profile(whose),
        ("GET", ["profile", whose, field]) => world.profile_field(whose, field),
        ("PUT", ["profile", whose, field]) => world.put_profile(user, whose, field, &ask.object()?),
        ("POST", ["user", _, "filter"]) => world.store_filter(ask),
        ("POST", ["createRoom"]) => {
            world.create_room(user, &ask.object()?, act == Some(&Act::Half))
        }
        ("POST", ["join", room] | ["rooms", room, "join"]) => {
            ask.object_or_none()?;
            world.join(user, room)
        }
        ("GET", ["joined_rooms"]) => {
            let rooms = world.joined.get(user).cloned().unwrap_or_default();
            Ok(json!({ "joined_rooms": rooms }))
        }
        (_, ["rooms", room, rest @ ..]) => in_room(world, asker, ask, room, rest),
        _ => Err(unrecognized()),
    }
}

/// The requests about a room.
fn in_room(world: &mut World, asker: &Asker, ask: &Ask, room: &str, rest: &[&str]) -> Asked {
    let user = asker.user.as_str();
    let by = Writer {
        user,
        device: asker.device.as_deref(),
    };
    match (ask.method.as_str(), rest) {
        ("POST", ["invite"]) => world.invite(user, room, ask),
        ("POST", ["leave"]) => world.leave(user, room),
        ("POST", ["kick"]) => world.kick(user, room, ask),
        ("GET", ["members"]) => world.members(user, room, ask),
        ("GET", ["joined_members"]) => world.joined_members(user, room),
        ("PUT", ["send", kind, txn]) => world.send(by, ask, room, kind, txn),
        ("PUT", ["redact", target, txn]) => world.redact(by, ask, room, target, txn),
        ("GET", ["state"]) => world.whole_state(user, room),
        ("GET", ["state", kind] | ["state", kind, ""]) => {
            world.get_state(user, room, kind, "", ask)
        }
        ("GET", ["state", kind, key]) => world.get_state(user, room, kind, key, ask),
        ("PUT", ["state", kind] | ["state", kind, ""]) => {
            world.put_state(user, room, kind, "", ask)
        }
        ("PUT", ["state", kind, key]) => world.put_state(user, room, kind, key, ask),
        ("GET", ["messages"]) => world.messages(user, room, ask),
        ("GET", ["event", id]) => world.get_event(user, room, id),
        ("POST", ["receipt", kind, event]) => {
            ask.object()?;
            world.receipt(user, room, kind, event)
        }
        ("PUT", ["typing", whose]) => world.typing(user, room, whose, ask),
        _ => Err(unrecognized()),
    }
}

/// The requests about media.
fn media(world: &mut World, ask: &Ask, version: &str, rest: &[&str]) -> Asked {
    match (ask.method.as_str(), version, rest) {
        ("POST", "v3", ["upload"]) => Ok(world.upload(ask.body.clone())),
        ("POST", "v1", ["create"]) => Ok(world.promise_media()),
        ("PUT", "v3", ["upload", _server, id]) => world.keep_promise(id, ask.body.clone()),
        _ => Err(unrecognized()),
    }
}

impl World {
    /// Refuses who does not show the application service's token.
    fn service(&self, ask: &Ask) -> Result<(), Refusal> {
        match &ask.token {
            None => Err(Refusal::new(401, "M_MISSING_TOKEN", "Missing access token")),
            Some(token) if *token != self.setting.as_token => Err(Refusal::new(
                401,
                "M_UNKNOWN_TOKEN",
                "Invalid access token passed.",
            )),
            Some(_) => Ok(()),
        }
    }

    /// On whose behalf a request is made.
    fn asker(&self, ask: &Ask) -> Result<Asker, Refusal> {
        self.service(ask)?;
        let Some(user) = ask.param("user_id") else {
            return Ok(Asker {
                user: self.setting.user(&self.setting.sender),
                device: None,
            });
        };
        if !self.setting.is_ours(user) {
            let text = "Application service cannot masquerade as this user.";
            return Err(Refusal::forbidden(text));
        }
        let Some(found) = self.users.get(user) else {
            let text = format!("Application service has not registered this user ({user})");
            return Err(Refusal::forbidden(&text));
        };
        let device = ask.param("device_id").map(str::to_owned);
        if device
            .as_ref()
            .is_some_and(|device| !found.devices.contains(device))
        {
            let text = "Application service trying to use a device that doesn't exist";
            return Err(Refusal::bad("M_UNKNOWN_DEVICE", text));
        }
        Ok(Asker {
            user: user.to_owned(),
            device,
        })
    }
}

/// What this server speaks.
fn versions() -> Value {
    let mut versions: Vec<String> = vec!["r0.6.1".to_owned()];
    versions.extend((1..=12).map(|minor| format!("v1.{minor}")));
    json!({ "versions": versions, "unstable_features": {} })
}

/// What this server allows.
fn capabilities(world: &World) -> Value {
    let available: serde_json::Map<String, Value> = VERSIONS
        .iter()
        .map(|version| ((*version).to_owned(), "stable".into()))
        .collect();
    json!({
        "capabilities": {
            "m.room_versions": { "default": world.setting.room_version, "available": available },
            "m.change_password": { "enabled": true },
        },
    })
}

/// A path or method that is not known.
fn unrecognized() -> Refusal {
    Refusal::new(404, "M_UNRECOGNIZED", "Unrecognized request")
}
