//! A conversation's room: found, or created on the first thing to show there.
//!
//! createRoom is not idempotent: the attempt is reserved in the database first and
//! the room's alias is made of it. After a crash, or when the alias is taken, the
//! alias is resolved: a room that is ours is adopted, else the next attempt.

use std::collections::BTreeMap;

use crate::domain::contact::{ChannelKind, Identity};
use crate::domain::conversation::Conversation;
use crate::domain::ids::{AccountId, ConversationId, RoomId};
use crate::domain::room::{Face, Ghost, Portal, Recipe, RoomKind};
use crate::domain::team::Language;
use crate::saying;
use crate::store::{Lane, LaneKind, PortalRow};

use super::rooms::ALIASES;
use super::show::Trouble;
use super::{Works, alarm, directory, face, rooms};

/// A conversation's room, open, and what is needed to write there.
#[derive(Debug)]
pub struct Door {
    /// The room.
    pub room: RoomId,
    /// The customer's ghost, with the name it should have.
    pub ghost: Ghost,
    /// The name its profile shows.
    pub shown_name: Option<String>,
    /// The customer.
    pub identity: Identity,
    /// The channel.
    pub channel: ChannelKind,
    /// Our account.
    pub account: AccountId,
    /// The team's language.
    pub language: Language,
}

/// Opens a conversation's room, creating it if there is none.
///
/// # Errors
/// [`Trouble`]: to be tried again, unless the homeserver refused.
pub async fn open(work: &Works, id: &ConversationId) -> Result<Door, Trouble> {
    let wanted = id.clone();
    let (conversation, identity, shown_name, row) = work
        .store
        .read(move |tx| {
            Box::pin(async move {
                let conversation = tx.lock_conversation(&wanted).await?;
                let identity = tx.get_identity(&conversation.identity).await?;
                let shown = tx.shown_name(&conversation.identity).await?;
                let portal = tx.find_portal(&wanted).await?;
                Ok((conversation, identity, shown, portal))
            })
        })
        .await?;
    let ghost = Ghost {
        user: work.homeserver.ghost(identity.channel, &identity.id),
        name: identity.title(),
    };
    let language = work
        .directory
        .team_of(&conversation.account)
        .map_or_else(|| work.directory.language(), |team| team.language);
    let ready = row.as_ref().and_then(|row| row.room.clone());
    let room = match ready {
        Some(room) => room,
        None => create(work, &conversation, &identity, &ghost, row).await?,
    };
    Ok(Door {
        room,
        ghost,
        shown_name,
        channel: identity.channel,
        identity,
        account: conversation.account,
        language,
    })
}

/// Gives the ghost the customer's newest name.
///
/// # Errors
/// [`Trouble`]: to be tried again.
pub async fn refresh_ghost(work: &Works, door: &Door) -> Result<(), Trouble> {
    if door.shown_name.as_ref() == Some(&door.ghost.name) {
        return Ok(());
    }
    work.homeserver.ensure_ghost(&door.ghost).await?;
    let (identity, name) = (door.identity.id.clone(), door.ghost.name.clone());
    work.store
        .write(move |tx| Box::pin(async move { tx.set_shown_name(&identity, &name).await }))
        .await?;
    Ok(())
}

/// Creates a conversation's room.
#[tracing::instrument(name = "matrix.create_portal", skip_all, fields(conversation.id = %conversation.id))]
async fn create(
    work: &Works,
    conversation: &Conversation,
    identity: &Identity,
    ghost: &Ghost,
    row: Option<PortalRow>,
) -> Result<RoomId, Trouble> {
    let space = rooms::account_space(work, &conversation.account).await?;
    work.homeserver.ensure_ghost(ghost).await?;
    let photo = work.homeserver.ensure_photo(&ghost.user).await?;
    let row = match row {
        Some(row) => row,
        None => reserve(work, &conversation.id).await?,
    };
    let face = face::of(work, conversation, identity);
    let portal = Portal {
        ghost: ghost.user.clone(),
        channel: identity.channel,
        account: conversation.account.to_string(),
        conversation: conversation.id.to_string(),
        contact: ghost.name.clone(),
        photo,
        state: face.state.clone(),
    };
    let recipe = |attempt| recipe(work, conversation, &portal, &space, &face, attempt);
    let room = make(work, conversation, row.attempt, recipe).await?;
    work.homeserver.join(&ghost.user, &room).await?;
    work.homeserver.add_child(&space, &room).await?;
    let encrypted = work.homeserver.is_encrypted(&room).await?;
    let (id, made, now) = (conversation.id.clone(), room.clone(), work.clock.now());
    let (name, identity) = (ghost.name.clone(), identity.id.clone());
    let revision = row.wanted_rev;
    work.store
        .write(move |tx| {
            Box::pin(async move {
                tx.set_portal_ready(&id, &made).await?;
                tx.set_portal_shown(&id, revision, &face).await?;
                tx.wake(&Lane::of(LaneKind::Portal, &id), now).await?;
                tx.set_shown_name(&identity, &name).await?;
                if tx.set_portal_encrypted(&id, encrypted).await? && encrypted {
                    alarm::raise(tx, "encrypted-portals", saying!("alarm-encrypted"), now).await?;
                }
                Ok(())
            })
        })
        .await?;
    Ok(room)
}

/// Reserves the first attempt to create the room.
async fn reserve(work: &Works, id: &ConversationId) -> Result<PortalRow, Trouble> {
    let id = id.clone();
    Ok(work
        .store
        .write(move |tx| Box::pin(async move { tx.ensure_portal(&id).await }))
        .await?)
}

/// Reserves the next attempt: the alias of this one is somebody else's.
async fn reserve_next(work: &Works, id: &ConversationId) -> Result<i64, Trouble> {
    let id = id.clone();
    Ok(work
        .store
        .write(move |tx| Box::pin(async move { tx.next_portal_attempt(&id).await }))
        .await?)
}

/// Creates the room, or adopts the one that an earlier attempt made.
async fn make(
    work: &Works,
    conversation: &Conversation,
    mut attempt: i64,
    recipe: impl Fn(i64) -> Recipe,
) -> Result<RoomId, Trouble> {
    for _ in 0..ALIASES {
        let wanted = recipe(attempt);
        match rooms::create_or_adopt(work, &wanted).await? {
            Some(room) => return Ok(room),
            None => attempt = reserve_next(work, &conversation.id).await?,
        }
    }
    Err(Trouble::NotYet("the room's aliases are taken"))
}

/// How a conversation's room is made.
fn recipe(
    work: &Works,
    conversation: &Conversation,
    portal: &Portal,
    space: &RoomId,
    face: &Face,
    attempt: i64,
) -> Recipe {
    let mut powers = BTreeMap::new();
    if let Some(team) = work.directory.team_of(&conversation.account) {
        for (user, role) in team.named_agents() {
            powers.insert(user.clone(), directory::power(role));
        }
    }
    Recipe {
        loket_id: conversation.id.to_string(),
        alias: work
            .homeserver
            .reserved(&format!("{}_{attempt}", conversation.id)),
        kind: RoomKind::Portal(Box::new(portal.clone())),
        name: face.name.clone(),
        topic: face.topic.clone(),
        invite: vec![portal.ghost.clone()],
        powers,
        allow: Some(space.clone()),
    }
}
