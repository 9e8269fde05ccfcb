//! The desk's own rooms: the space `Loket`, a space per account, a lobby per team,
//! `Loket alerts`, direct chats. Made at start, in the order in which they need
//! each other.

mod direct;

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::config::Team;
use crate::crash::Spot;
use crate::domain::ids::{AccountId, RoomId, UserId};
use crate::domain::rich::Rich;
use crate::domain::room::{Recipe, RoomKind};
use crate::domain::team::Language;
use crate::matrix::MatrixError;
use crate::saying;
use crate::store::{Lane, LaneKind, Lease, RoomRow};
use crate::text;

use super::show::Trouble;
use super::{Works, alarm, directory};

pub use direct::{direct_key, is_made_by_us, no_longer_direct, remember_direct};

/// Our key of the space of all.
const SPACE: &str = "space";

/// Our key of the alerts room.
const ALERTS: &str = "alerts";

/// How many aliases are tried in a row.
pub const ALIASES: usize = 3;

/// How long a process has to make one of the desk's own rooms before others may. One
/// that dies of it holds them up for so long, at the very first start only.
const TURN: SignedDuration = SignedDuration::from_secs(10);

/// How many waiting conversations a list shows.
const LISTED: usize = 30;

/// Makes the desk's own rooms and invites who belongs there.
///
/// # Errors
/// [`Trouble`]: to be tried again.
#[tracing::instrument(name = "matrix.rooms", skip_all)]
pub async fn ensure_all(work: &Works) -> Result<(), Trouble> {
    work.homeserver.ensure_desk().await?;
    let everybody = unique(work.directory.teams().iter().flat_map(directory::agents));
    let leads = unique(
        work.directory
            .teams()
            .iter()
            .flat_map(directory::supervisors),
    );
    let space = ensure(work, SPACE, RoomKind::Space, "Loket", &everybody, None).await?;
    ensure(work, ALERTS, RoomKind::Alerts, "Loket alerts", &leads, None).await?;
    for team in work.directory.teams() {
        let agents = directory::agents(team);
        let name = if work.directory.teams().len() > 1 {
            format!("Lobby · {}", team.id)
        } else {
            "Lobby".to_owned()
        };
        let key = lobby_key(team);
        let lobby = ensure(work, &key, RoomKind::Lobby, &name, &agents, None).await?;
        work.homeserver.add_child(&space, &lobby).await?;
        for account in &team.accounts {
            let name = account_title(work, account);
            let key = account_key(account);
            let child = ensure(work, &key, RoomKind::Space, &name, &agents, Some(&space)).await?;
            work.homeserver.add_child(&space, &child).await?;
        }
    }
    Ok(())
}

/// The space of an account.
///
/// # Errors
/// [`Trouble::NotYet`] while the rooms are being made.
pub async fn account_space(work: &Works, account: &AccountId) -> Result<RoomId, Trouble> {
    made(work, account_key(account)).await
}

/// A team's lobby.
///
/// # Errors
/// [`Trouble::NotYet`] while the rooms are being made.
pub async fn lobby(work: &Works, team: &Team) -> Result<RoomId, Trouble> {
    made(work, lobby_key(team)).await
}

/// The alerts room.
///
/// # Errors
/// [`Trouble::NotYet`] while the rooms are being made.
pub async fn alerts(work: &Works) -> Result<RoomId, Trouble> {
    made(work, ALERTS.to_owned()).await
}

/// The conversations that wait for a human, oldest first, with links.
///
/// # Errors
/// The database's.
pub async fn waiting_list(
    work: &Works,
    agent: &UserId,
    language: Language,
) -> Result<Rich, Trouble> {
    let accounts: Vec<AccountId> = work
        .directory
        .teams()
        .iter()
        .filter(|team| team.role_of(agent).is_some())
        .flat_map(|team| team.accounts.iter().cloned())
        .collect();
    let waiting = work
        .store
        .read(move |tx| {
            Box::pin(async move {
                let mut waiting = Vec::new();
                for row in tx.queue_list(&accounts, LISTED).await? {
                    let identity = tx.get_identity(&row.identity).await?;
                    waiting.push((row, identity));
                }
                Ok(waiting)
            })
        })
        .await?;
    if waiting.is_empty() {
        return Ok(Rich::from_plain(&text::say(
            language,
            &saying!("queue-empty"),
        )));
    }
    let now = work.clock.now();
    let lines: Vec<String> = waiting
        .into_iter()
        .map(|(row, identity)| {
            let minutes = row
                .waiting_since
                .map_or(0, |since| now.duration_since(since).as_mins());
            let link = row
                .room
                .map_or_else(String::new, |room| format!("https://matrix.to/#/{room}"));
            let says = saying!(
                "queue-entry",
                contact = identity.title(),
                channel = identity.channel.title(),
                case = row.case.unwrap_or_default(),
                minutes = minutes,
                link = link,
            );
            text::say(language, &says)
        })
        .collect();
    Ok(Rich::from_plain(&lines.join("\n")))
}

/// A room that has been made.
async fn made(work: &Works, key: String) -> Result<RoomId, Trouble> {
    let found = work
        .store
        .read(move |tx| Box::pin(async move { tx.find_room(&key).await }))
        .await?;
    found
        .and_then(|row| row.room)
        .ok_or(Trouble::NotYet("the desk's own rooms are being made"))
}

/// Makes one of the desk's own rooms, or finds it, and invites who is missing.
async fn ensure(
    work: &Works,
    key: &str,
    kind: RoomKind,
    name: &str,
    members: &[UserId],
    allow: Option<&RoomId>,
) -> Result<RoomId, Trouble> {
    let wanted = key.to_owned();
    let found = work
        .store
        .read(move |tx| Box::pin(async move { tx.find_room(&wanted).await }))
        .await?;
    if let Some(room) = found.and_then(|row| row.room) {
        let levels: Vec<(UserId, i64)> = powers(work, members).into_iter().collect();
        work.homeserver.set_powers(&room, &levels).await?;
        return welcome(work, room, members).await;
    }
    let Some((lease, row)) = reserve(work, key).await? else {
        return Err(Trouble::NotYet(
            "another process makes the desk's own rooms",
        ));
    };
    let recipe = |attempt| recipe(work, key, kind.clone(), name, members, allow, attempt);
    let room = match row.room {
        // While we waited for our turn.
        Some(room) => Ok(room),
        None => make(work, key, row.attempt, recipe).await,
    };
    leave(work, lease).await;
    welcome(work, room?, members).await
}

/// Makes one of the desk's own rooms, or adopts the one that an earlier attempt made.
async fn make(
    work: &Works,
    key: &str,
    mut attempt: i64,
    recipe: impl Fn(i64) -> Recipe,
) -> Result<RoomId, Trouble> {
    for _ in 0..ALIASES {
        match create_or_adopt(work, &recipe(attempt)).await? {
            Some(room) => {
                opened(work, key, &room).await?;
                return Ok(room);
            }
            None => attempt = reserve_next(work, key).await?,
        }
    }
    Err(Trouble::NotYet("the room's aliases are taken"))
}

/// Creates a room; if its alias is taken, the room behind it is adopted when an
/// earlier attempt of ours made it. `None` if the alias is somebody else's.
///
/// # Errors
/// [`Trouble`]: to be tried again, unless the homeserver refused.
pub async fn create_or_adopt(work: &Works, recipe: &Recipe) -> Result<Option<RoomId>, Trouble> {
    match work.homeserver.create_room(recipe).await {
        Ok(room) => return Ok(Some(room)),
        Err(MatrixError::Refused { code, .. }) if code == "M_ROOM_IN_USE" => {}
        Err(error) => return Err(error.into()),
    }
    let alias = work.homeserver.alias(&recipe.alias);
    let found = work.homeserver.find_room(&alias, &recipe.loket_id).await?;
    if let Some(room) = &found {
        // Invitations are the last that a homeserver makes of a room.
        for user in &recipe.invite {
            invite(work, user, room).await?;
        }
    }
    Ok(found)
}

/// How one of the desk's own rooms is made.
fn recipe(
    work: &Works,
    key: &str,
    kind: RoomKind,
    name: &str,
    members: &[UserId],
    allow: Option<&RoomId>,
    attempt: i64,
) -> Recipe {
    let alias = key.replace([':', '@', '!'], "_");
    Recipe {
        loket_id: key.to_owned(),
        alias: work.homeserver.reserved(&format!("room_{alias}_{attempt}")),
        kind,
        name: name.to_owned(),
        topic: String::new(),
        invite: members.to_vec(),
        powers: powers(work, members),
        allow: allow.cloned(),
    }
}

/// The power levels of `members` in the desk's own rooms.
fn powers(work: &Works, members: &[UserId]) -> BTreeMap<UserId, i64> {
    let level = |user: &UserId| {
        let role = work.directory.role_anywhere(user)?;
        Some((user.clone(), directory::power(role)))
    };
    members.iter().filter_map(level).collect()
}

/// Invites who belongs into a room and is not there.
async fn welcome(work: &Works, room: RoomId, members: &[UserId]) -> Result<RoomId, Trouble> {
    let present = work.homeserver.members(&room).await?;
    for user in members.iter().filter(|user| !present.contains(user)) {
        invite(work, user, &room).await?;
    }
    Ok(room)
}

/// Invites somebody; one who cannot be invited keeps nobody else out of the room.
async fn invite(work: &Works, user: &UserId, room: &RoomId) -> Result<(), Trouble> {
    match work.homeserver.invite(user, room).await {
        Err(MatrixError::Refused { code, .. }) => {
            tracing::warn!(code, "somebody could not be invited into a room");
            Ok(())
        }
        other => Ok(other?),
    }
}

/// Reserves the attempt to create a room that is under way. One process makes the desk's
/// own rooms at a time: what another is making has its alias already, and looks like the
/// remains of a crash. `None` if it is another's turn.
async fn reserve(work: &Works, key: &str) -> Result<Option<(Lease, RoomRow)>, Trouble> {
    let (key, now) = (key.to_owned(), work.clock.now());
    let owner = work.clock.uuid().simple().to_string();
    Ok(work
        .store
        .at(Spot::RoomReserve)
        .write(move |tx| {
            Box::pin(async move {
                let lane = Lane::desk(LaneKind::Portal);
                let lease = tx.take_lane(&lane, &owner, now, now + TURN).await?;
                let row = tx.ensure_room(&key).await?;
                Ok(lease.map(|lease| (lease, row)))
            })
        })
        .await?)
}

/// Lets others make rooms. Without the database our turn ends by itself.
async fn leave(work: &Works, lease: Lease) {
    let left = work
        .store
        .at(Spot::RoomTurn)
        .write(move |tx| Box::pin(async move { tx.release_projection(&lease, None).await }));
    if let Err(error) = left.await {
        tracing::warn!(%error, "the turn to make rooms could not be given back");
    }
}

/// Reserves the next attempt: the alias of this one is somebody else's.
async fn reserve_next(work: &Works, key: &str) -> Result<i64, Trouble> {
    let key = key.to_owned();
    Ok(work
        .store
        .at(Spot::RoomReserveNext)
        .write(move |tx| Box::pin(async move { tx.next_room_attempt(&key).await }))
        .await?)
}

/// Remembers a room that was made.
async fn opened(work: &Works, key: &str, room: &RoomId) -> Result<(), Trouble> {
    let encrypted = work.homeserver.is_encrypted(room).await?;
    let (key, room, now) = (key.to_owned(), room.clone(), work.clock.now());
    work.store
        .at(Spot::RoomOpened)
        .write(move |tx| {
            Box::pin(async move {
                tx.set_room_ready(&key, &room).await?;
                if encrypted {
                    // That it is well again, the next portal tells.
                    alarm::encryption(tx, true, now).await?;
                }
                Ok(())
            })
        })
        .await?;
    Ok(())
}

/// Our key of a team's lobby.
fn lobby_key(team: &Team) -> String {
    format!("lobby:{}", team.id)
}

/// Our key of an account's space.
fn account_key(account: &AccountId) -> String {
    format!("space:{account}")
}

/// The name of an account's space.
fn account_title(work: &Works, account: &AccountId) -> String {
    work.directory.channel(account).map_or_else(
        || account.to_string(),
        |channel| format!("{} · {account}", channel.kind().title()),
    )
}

/// Users, each once.
fn unique(users: impl Iterator<Item = UserId>) -> Vec<UserId> {
    let mut users: Vec<UserId> = users.collect();
    users.sort();
    users.dedup();
    users
}
