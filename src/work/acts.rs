//! What acts on a message: a customer's reaction, change or deletion. It may come
//! before the message it acts on, and waits for it then; what it waits for in vain is
//! told in words.
//!
//! Runs inside the transaction of [`super::ingest`].

use jiff::{SignedDuration, Timestamp};

use crate::domain::content::{Content, File};
use crate::domain::conversation::Say;
use crate::domain::ids::{ConversationId, MessageId, ProviderId};
use crate::domain::inbound::{Along, Said};
use crate::domain::saying::Saying;
use crate::saying;
use crate::store::{DELETED, Direction, InboxRow, Lane, LaneKind, MessageRow, StoreError, Tx};

use super::effects::Carrier;
use super::task::Task;

/// How long an act waits for the message it is done to.
const WAITING: SignedDuration = SignedDuration::from_mins(10);

/// The most characters of a reaction that are shown; the longest emoji has fewer.
const LONGEST_EMOJI: usize = 32;

/// What a customer does to a message.
#[derive(Debug)]
pub enum Act {
    /// They react; `None` = they take it back.
    Reacted {
        /// The emoji.
        emoji: Option<String>,
    },
    /// They change what they wrote.
    Edited {
        /// What it holds now.
        content: Content,
    },
    /// They delete what they wrote.
    Revoked,
}

/// Takes in what a customer does to the message that the provider calls `target`;
/// whether the row is done (it may wait for the message instead).
///
/// # Errors
/// The database's: the transaction must be given up.
pub async fn take(
    tx: &mut Tx,
    row: &InboxRow,
    id: &ConversationId,
    target: &ProviderId,
    act: Act,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(message) = find(tx, id, target).await? else {
        if !row.waited {
            // The conversation's own lanes know its messages: nobody else is asked.
            let until = now + WAITING;
            tx.inbox_wait_for(&row.id, &key(id, target), until).await?;
            return Ok(false);
        }
        // Of somebody who has never written there is no room to tell it in.
        let has_room = tx.lock_conversation(id).await?.case.is_some();
        let says = has_room.then(|| Task::Say(Say::notice(unknown(&act))));
        return carry(tx, row, id, says.into_iter().collect(), now).await;
    };
    // Nobody changes what somebody else has written, and nothing brings back what was
    // deleted: acts come in any order.
    let is_theirs = message.direction == Direction::In;
    let is_gone = message.kind == DELETED;
    let message = message.id;
    let tasks = match act {
        _ if is_gone => Vec::new(),
        Act::Reacted { emoji } => reaction(message, emoji),
        Act::Edited { .. } | Act::Revoked if !is_theirs => Vec::new(),
        Act::Edited { content } => vec![edit(tx, message, content).await?],
        Act::Revoked => {
            tx.erase_message(&message).await?;
            vec![Task::Revoke { message }]
        }
    };
    carry(tx, row, id, tasks, now).await
}

/// Keeps what a message says now. What an edit does not tell stays as it was: where the
/// message came from, and which file it is.
async fn edit(tx: &mut Tx, message: MessageId, content: Content) -> Result<Task, StoreError> {
    tx.set_message_text(&message, &content.text()).await?;
    let known = tx.find_content(&message).await?;
    let is_kept = known.is_some();
    let mut said = known.unwrap_or_else(|| Said {
        content: content.clone(),
        reply_to: None,
        along: Along::default(),
    });
    said.content = match (said.content, content) {
        (Content::File(old), Content::File(new)) => Content::File(File {
            caption: new.caption,
            ..old
        }),
        (_, content) => content,
    };
    if is_kept {
        tx.save_content(&message, &said).await?;
    }
    Ok(Task::Edit { message, said })
}

/// A message of the conversation is known by this id of the provider's now: what a
/// customer did to it before goes on.
///
/// # Errors
/// The database's.
pub async fn known(
    tx: &mut Tx,
    id: &ConversationId,
    provider: &ProviderId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let lane = Lane::of(LaneKind::In, id);
    tx.release_waiting(&key(id, provider), &lane, now).await?;
    Ok(())
}

/// What an act waits for: a message of its own conversation. One of another is none of
/// this customer's, whatever id they name.
fn key(id: &ConversationId, target: &ProviderId) -> String {
    format!("{id}:{target}")
}

/// The message of this conversation that the provider calls `target`.
async fn find(
    tx: &mut Tx,
    id: &ConversationId,
    target: &ProviderId,
) -> Result<Option<MessageRow>, StoreError> {
    let Some(part) = tx.find_part_by_provider(target).await? else {
        return Ok(None);
    };
    let message = tx.get_message(&part.message).await?;
    Ok((message.conversation == *id).then_some(message))
}

/// Shows a reaction in place of the one before; or only takes that away.
fn reaction(message: MessageId, emoji: Option<String>) -> Vec<Task> {
    let gone = Task::NoReaction {
        message: message.clone(),
    };
    let shown = |emoji: String| {
        let visible = emoji.chars().filter(|c| !c.is_control());
        let emoji: String = visible.take(LONGEST_EMOJI).collect();
        (!emoji.trim().is_empty()).then_some(emoji)
    };
    let emoji = emoji.and_then(shown);
    let new = emoji.map(|emoji| Task::Reaction { message, emoji });
    std::iter::once(gone).chain(new).collect()
}

/// What is said of an act on a message that is not known.
fn unknown(act: &Act) -> Saying {
    match act {
        Act::Reacted { emoji: Some(emoji) } => {
            saying!("customer-reacted-unknown", emoji = emoji.as_str())
        }
        Act::Reacted { emoji: None } => saying!("customer-unreacted-unknown"),
        Act::Edited { content } => {
            saying!("customer-edited-unknown", text = content.text().plain())
        }
        Act::Revoked => saying!("customer-deleted-unknown"),
    }
}

/// Puts tasks into the conversation's room, in order.
async fn carry(
    tx: &mut Tx,
    row: &InboxRow,
    id: &ConversationId,
    tasks: Vec<Task>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let mut conversation = tx.lock_conversation(id).await?;
    let mut carrier = Carrier::new(&row.id, &mut conversation, now);
    for task in tasks {
        carrier.room(tx, task).await?;
    }
    Ok(true)
}
