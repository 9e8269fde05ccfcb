//! A conversation's room: found, or created on the first thing to show there.
//!
//! createRoom is not idempotent: the attempt is reserved in the database first and
//! the room's alias is made of it. After a crash, or when the alias is taken, the
//! alias is resolved: a room that is ours is adopted, else the next attempt.

use std::collections::BTreeMap;

use crate::crash::Spot;
use crate::domain::contact::{ChannelKind, Identity};
use crate::domain::conversation::Conversation;
use crate::domain::ids::{AccountId, ConversationId, RoomId};
use crate::domain::room::{Face, Ghost, Portal, Recipe, RoomKind};
use crate::domain::team::Language;
use crate::matrix::MatrixError;
use crate::store::{Lane, LaneKind, PortalRow, StoreError};

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

/// What a portal is made of.
#[derive(Debug)]
struct Plan {
    /// The conversation.
    conversation: Conversation,
    /// The customer.
    identity: Identity,
    /// The name that the ghost's profile shows.
    shown_name: Option<String>,
    /// What is there of the portal.
    row: PortalRow,
}

/// Opens a conversation's room, which must be there.
///
/// # Errors
/// [`Trouble::NotYet`] if it is not.
pub async fn open(work: &Works, id: &ConversationId) -> Result<Door, Trouble> {
    let plan = plan(work, id).await?;
    let Some(room) = plan.row.room.clone() else {
        return Err(Trouble::NotYet("the room is being made"));
    };
    let language = work
        .directory
        .team_of(&plan.conversation.account)
        .map_or_else(|| work.directory.language(), |team| team.language);
    Ok(Door {
        room,
        ghost: ghost_of(work, &plan.identity),
        shown_name: plan.shown_name,
        channel: plan.identity.channel,
        identity: plan.identity,
        account: plan.conversation.account,
        language,
    })
}

/// Reads what a portal is made of, and reserves it.
async fn plan(work: &Works, id: &ConversationId) -> Result<Plan, Trouble> {
    let wanted = id.clone();
    let plan = work
        .store
        .read(move |tx| {
            Box::pin(async move {
                let conversation = tx.lock_conversation(&wanted).await?;
                let identity = tx.get_identity(&conversation.identity).await?;
                let shown_name = tx.shown_name(&conversation.identity).await?;
                let row = tx.find_portal(&wanted).await?;
                let row = row.ok_or(StoreError::Missing { what: "portal" })?;
                Ok(Plan {
                    conversation,
                    identity,
                    shown_name,
                    row,
                })
            })
        })
        .await?;
    Ok(plan)
}

/// The customer's ghost, with the name it should have.
fn ghost_of(work: &Works, identity: &Identity) -> Ghost {
    Ghost {
        user: work.homeserver.ghost(identity.channel, &identity.id),
        name: identity.title(),
    }
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
        .at(Spot::GhostNamed)
        .write(move |tx| Box::pin(async move { tx.set_shown_name(&identity, &name).await }))
        .await?;
    Ok(())
}

/// Makes a conversation's room: first the room itself, which is committed at once,
/// then who and what belongs to it. Every step may be repeated.
///
/// # Errors
/// [`Trouble`]: to be tried again.
#[tracing::instrument(name = "matrix.create_portal", skip_all, fields(conversation.id = %id))]
pub async fn make_ready(work: &Works, id: &ConversationId) -> Result<(), Trouble> {
    let plan = plan(work, id).await?;
    let ghost = ghost_of(work, &plan.identity);
    let space = rooms::account_space(work, &plan.conversation.account).await?;
    work.homeserver.ensure_ghost(&ghost).await?;
    let face = face::of(work, &plan.conversation, &plan.identity);
    let room = match plan.row.room.clone() {
        Some(room) => room,
        None => create(work, &plan, &ghost, &space, &face).await?,
    };
    work.homeserver.invite(&ghost.user, &room).await?;
    work.homeserver.join(&ghost.user, &room).await?;
    work.homeserver.add_child(&space, &room).await?;
    let encrypted = work.homeserver.is_encrypted(&room).await?;
    let (id, identity, now) = (id.clone(), plan.identity.id.clone(), work.clock.now());
    work.store
        .at(Spot::PortalReady)
        .write(move |tx| {
            Box::pin(async move {
                tx.set_portal_ready(&id, &room).await?;
                tx.set_shown_name(&identity, &ghost.name).await?;
                tx.hurry_lane(&Lane::of(LaneKind::Matrix, &id), now).await?;
                tx.set_portal_encrypted(&id, encrypted).await?;
                alarm::homeserver_takes(tx, now).await?;
                alarm::encryption(tx, encrypted, now).await
            })
        })
        .await?;
    Ok(())
}

/// Creates the room itself, or adopts the one that an earlier attempt made, and
/// commits it.
async fn create(
    work: &Works,
    plan: &Plan,
    ghost: &Ghost,
    space: &RoomId,
    face: &Face,
) -> Result<RoomId, Trouble> {
    let photo = photo(work, ghost).await?;
    let portal = Portal {
        ghost: ghost.user.clone(),
        channel: plan.identity.channel,
        account: plan.conversation.account.to_string(),
        conversation: plan.conversation.id.to_string(),
        contact: ghost.name.clone(),
        photo,
        state: face.state.clone(),
    };
    let id = &plan.conversation.id;
    let recipe = |attempt| recipe(work, &plan.conversation, &portal, space, face, attempt);
    let room = adopt_or_create(work, id, plan.row.attempt, recipe).await?;
    let (id, made, face, revision) = (id.clone(), room.clone(), face.clone(), plan.row.wanted_rev);
    work.store
        .at(Spot::PortalMade)
        .write(move |tx| {
            Box::pin(async move {
                tx.set_portal_room(&id, &made).await?;
                tx.set_portal_shown(&id, revision, &face).await
            })
        })
        .await?;
    Ok(room)
}

/// The customer's photo. A homeserver that takes no photos costs nothing but the
/// photo.
async fn photo(work: &Works, ghost: &Ghost) -> Result<Option<String>, Trouble> {
    match work.homeserver.ensure_photo(&ghost.user).await {
        Ok(photo) => Ok(Some(photo)),
        Err(MatrixError::Refused { code, .. }) => {
            tracing::warn!(code, "the homeserver took no photo");
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Reserves the next attempt: the alias of this one is somebody else's.
async fn reserve_next(work: &Works, id: &ConversationId) -> Result<i64, Trouble> {
    let id = id.clone();
    Ok(work
        .store
        .at(Spot::PortalReserveNext)
        .write(move |tx| Box::pin(async move { tx.next_portal_attempt(&id).await }))
        .await?)
}

/// Creates the room, or adopts the one that an earlier attempt made.
async fn adopt_or_create(
    work: &Works,
    id: &ConversationId,
    mut attempt: i64,
    recipe: impl Fn(i64) -> Recipe,
) -> Result<RoomId, Trouble> {
    for _ in 0..ALIASES {
        let wanted = recipe(attempt);
        match rooms::create_or_adopt(work, &wanted).await? {
            Some(room) => return Ok(room),
            None => attempt = reserve_next(work, id).await?,
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
    let mut invite = vec![portal.ghost.clone()];
    if let Some(team) = work.directory.team_of(&conversation.account) {
        invite.extend(directory::invited_at_creation(team));
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
        invite,
        powers,
        allow: Some(space.clone()),
    }
}
