//! Whether agents come into their rooms by themselves, and fast enough: a ghost of
//! ours is invited as they are, again and again.

use std::time::{Duration, Instant};

use serde_json::json;

use super::ask::Asker;
use super::finding::Tell;
use super::homeserver::Users;
use super::room::path;

/// How long an invitation may take to be accepted.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often the membership is looked at meanwhile.
const LOOK: Duration = Duration::from_millis(100);

/// How many invitations: more than a homeserver's usual ten joins at once.
const INVITATIONS: usize = 13;

/// How far apart they are at least: slower than joins into one room are limited to,
/// faster than one user's joins are.
const APART: Duration = Duration::from_millis(400);

/// Examines how invitations are accepted.
pub(super) async fn examine(asker: &Asker, users: &Users, room: &str, tell: &Tell) {
    let begun = Instant::now();
    for n in 0..INVITATIONS {
        match accepted(asker, users, room).await {
            Ok(true) => {}
            Ok(false) if n == 0 => {
                return tell.warn(
                    "invitations",
                    "are not accepted by themselves: agents have to accept each one. Set \
                     auto_accept_invites: {enabled: true, only_from_local_users: true} in the \
                     homeserver's configuration",
                );
            }
            Ok(false) => {
                return tell.warn(
                    "joins",
                    format!(
                        "after {n} invitations in {} s the homeserver lets a user join no more: \
                         raise rc_joins.local (per_second: 10, burst_count: 100), or agents \
                         miss new conversations",
                        begun.elapsed().as_secs()
                    ),
                );
            }
            Err(reason) => return tell.warn("invitations", format!("not known: {reason}")),
        }
        if n == 0 {
            let took = begun.elapsed().as_millis();
            tell.ok(
                "invitations",
                format!("are accepted by themselves in {took} ms"),
            );
        }
        let left = asker
            .post(&path(room, "leave"), &users.ghost.1, &json!({}))
            .await;
        match left {
            Ok(answer) if answer.is_ok() => tokio::time::sleep(APART).await,
            Ok(answer) => return tell.warn("joins", format!("not known: {}", answer.code())),
            Err(reason) => return tell.warn("joins", format!("not known: {reason}")),
        }
    }
    tell.ok("joins", format!("{INVITATIONS} in a row are let through"));
}

/// Invites the ghost; whether it is in the room soon after.
async fn accepted(asker: &Asker, users: &Users, room: &str) -> Result<bool, String> {
    let body = json!({ "user_id": users.ghost.1 });
    let invited = asker
        .post(&path(room, "invite"), &users.desk.1, &body)
        .await?;
    if !invited.is_ok() {
        return Err(format!("the desk cannot invite ({})", invited.code()));
    }
    let member = path(room, &format!("state/m.room.member/{}", users.ghost.1));
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let answer = asker.get(&member, &users.desk.1).await?;
        if answer.text_at("/membership") == Some("join") {
            return Ok(true);
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(false)
}
