//! Conversations: a row each, guarded by its version.

use jiff::Timestamp;

use super::error::StoreError;
use super::messages::MessageRow;
use super::tx::Tx;
use super::value::{NEVER, Row, json, statements, values};
use crate::domain::conversation::{Conversation, Owner, Status};
use crate::domain::ids::{AccountId, ConversationId, IdentityId, MessageId, RoomId, UserId};

statements! {
    /// The customer's newest message that stands in the room since a time.
    SHOWN_BEFORE = "
        SELECT message.id FROM message JOIN event ON event.id = message.event_id
        WHERE message.conversation_id = $1 AND message.direction = 'in' AND event.at <= $2
        ORDER BY message.seq DESC LIMIT 1";
    /// The conversation of an identity on an account.
    FIND = "SELECT id FROM conversation WHERE identity_id = $1 AND account = $2";
    /// Makes a conversation unless there is one.
    INSERT = "
        INSERT INTO conversation (id, identity_id, account, version, handover_epoch, seq, owner,
            owner_since, status, snoozed_until, case_number, solved_at, waiting_since,
            window_expires_at, note_mode, created_at)
        VALUES ($1, $2, $3, 0, 0, 0, 'queue', 9223372036854775807, 'solved',
            9223372036854775807, 0, 9223372036854775807, 9223372036854775807,
            9223372036854775807, '[]', $4)
        ON CONFLICT (identity_id, account) DO NOTHING";
    /// A conversation by its id.
    GET = "
        SELECT id, identity_id, account, version, handover_epoch, owner, owner_since, status,
            snoozed_until, case_number, solved_at, waiting_since, window_expires_at, note_mode
        FROM conversation WHERE id = $1";
    /// Keeps the state unless somebody else has written since it was read.
    SAVE = "
        UPDATE conversation SET version = version + 1, handover_epoch = $3, owner = $4,
            status = $5, snoozed_until = $6, case_number = $7, solved_at = $8,
            waiting_since = $9, window_expires_at = $10, note_mode = $11, owner_since = $12
        WHERE id = $1 AND version = $2";
    /// Draws the conversation's next message number.
    NEXT_SEQ = "UPDATE conversation SET seq = seq + 1 WHERE id = $1 RETURNING seq";
    /// Conversations of an account that wait for a human, the longest waiting first.
    QUEUE = "
        SELECT c.id AS id, c.identity_id AS identity_id, c.account AS account,
            c.case_number AS case_number, c.waiting_since AS waiting_since,
            COALESCE(p.room_id, '') AS room_id
        FROM conversation c LEFT JOIN portal p ON p.conversation_id = c.id
        WHERE c.account = $1 AND c.owner = 'queue' AND c.status = 'open'
        ORDER BY c.waiting_since, c.id LIMIT $2";
}

/// A conversation that exists now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ensured {
    /// Its id.
    pub id: ConversationId,
    /// Whether it was made just now.
    pub created: bool,
}

/// A conversation that waits for a human.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueRow {
    /// The conversation.
    pub conversation: ConversationId,
    /// The customer.
    pub identity: IdentityId,
    /// Our account.
    pub account: AccountId,
    /// The case's number.
    pub case: Option<i64>,
    /// Since when the customer waits; `None` if they do not.
    pub waiting_since: Option<Timestamp>,
    /// The room, once it is there.
    pub room: Option<RoomId>,
}

impl Tx {
    /// The conversation of an identity on an account, made if missing.
    pub async fn ensure_conversation(
        &mut self,
        identity: &IdentityId,
        account: &AccountId,
        fresh: ConversationId,
        now: Timestamp,
    ) -> Result<Ensured, StoreError> {
        if let Some(id) = self.find_conversation(identity, account).await? {
            return Ok(Ensured { id, created: false });
        }
        let created = self
            .touch(INSERT, values![&fresh, identity, account, now])
            .await?;
        let id = self.find_conversation(identity, account).await?;
        Ok(Ensured {
            id: id.ok_or(StoreError::Missing {
                what: "conversation",
            })?,
            created,
        })
    }

    /// The conversation of an identity on an account.
    pub async fn find_conversation(
        &mut self,
        identity: &IdentityId,
        account: &AccountId,
    ) -> Result<Option<ConversationId>, StoreError> {
        let row = self.row(FIND, values![identity, account]).await?;
        row.map(|row| row.id("id")).transpose()
    }

    /// A conversation with its open lines, to be changed: others that would change it
    /// wait for this transaction, and what is saved from it is refused if anybody has
    /// written in between all the same. In a transaction that reads, nobody waits.
    pub async fn lock_conversation(
        &mut self,
        id: &ConversationId,
    ) -> Result<Conversation, StoreError> {
        self.lock_stream(id).await?;
        let row = self.row(GET, values![id]).await?;
        let row = row.ok_or(StoreError::Missing {
            what: "conversation",
        })?;
        let mut conversation = read(&row)?;
        for line in self.open_messages(id).await? {
            conversation.lines.push(MessageRow::into_open_line(line)?);
        }
        Ok(conversation)
    }

    /// Keeps a conversation's state (not its lines: those are messages).
    /// [`StoreError::Stale`] if somebody else has written since it was read.
    pub async fn save_conversation(
        &mut self,
        conversation: &Conversation,
    ) -> Result<(), StoreError> {
        let (status, snoozed_until) = match conversation.status {
            Status::Open => ("open", None),
            Status::Snoozed(until) => ("snoozed", until),
            Status::Solved => ("solved", None),
        };
        let values = values![
            &conversation.id,
            conversation.version,
            conversation.handover_epoch,
            owner_word(&conversation.owner),
            status,
            snoozed_until,
            conversation.case.unwrap_or(0),
            conversation.solved_at,
            conversation.waiting_since,
            conversation.window_expires_at,
            json(&conversation.note_mode)?,
            conversation.owner_since,
        ];
        self.touch_pending(SAVE, values).await
    }

    /// The customer's newest message that stands in the room since `at` or longer.
    pub async fn shown_before(
        &mut self,
        id: &ConversationId,
        at: Timestamp,
    ) -> Result<Option<MessageId>, StoreError> {
        let row = self.row(SHOWN_BEFORE, values![id, at]).await?;
        row.map(|row| row.id("id")).transpose()
    }

    /// Draws the number of the conversation's next message.
    pub async fn next_seq(&mut self, id: &ConversationId) -> Result<i64, StoreError> {
        let row = self.row(NEXT_SEQ, values![id]).await?;
        row.ok_or(StoreError::Missing {
            what: "conversation",
        })?
        .int("seq")
    }

    /// Up to `limit` conversations of these accounts that wait for a human, the
    /// longest waiting first.
    pub async fn queue_list(
        &mut self,
        accounts: &[AccountId],
        limit: usize,
    ) -> Result<Vec<QueueRow>, StoreError> {
        let most = i64::try_from(limit).unwrap_or(NEVER);
        let mut queue = Vec::new();
        for account in accounts {
            for row in self.rows(QUEUE, values![account, most]).await? {
                queue.push(QueueRow {
                    conversation: row.id("id")?,
                    identity: row.id("identity_id")?,
                    account: row.id("account")?,
                    case: number_or_none(row.int("case_number")?),
                    waiting_since: row.time_or_none("waiting_since")?,
                    room: row.id_or_none("room_id")?,
                });
            }
        }
        queue.sort_by_key(|row| row.waiting_since.unwrap_or(Timestamp::MAX));
        queue.truncate(limit);
        Ok(queue)
    }
}

/// A case's number, which is never 0.
pub(super) fn number_or_none(number: i64) -> Option<i64> {
    Some(number).filter(|number| *number != 0)
}

/// An owner as it is stored: a word, or an agent's user id.
fn owner_word(owner: &Owner) -> &str {
    match owner {
        Owner::Assistant => "assistant",
        Owner::Script => "script",
        Owner::Queue => "queue",
        Owner::Phone => "phone",
        Owner::Agent(user) => user.as_str(),
    }
}

/// The owner of a stored word.
fn owner_of(word: String) -> Owner {
    match word.as_str() {
        "assistant" => Owner::Assistant,
        "script" => Owner::Script,
        "queue" => Owner::Queue,
        "phone" => Owner::Phone,
        _ => Owner::Agent(UserId::from(word)),
    }
}

/// Reads a conversation without its lines.
fn read(row: &Row) -> Result<Conversation, StoreError> {
    let status = match row.text("status")?.as_str() {
        "open" => Status::Open,
        "snoozed" => Status::Snoozed(row.time_or_none("snoozed_until")?),
        "solved" => Status::Solved,
        _ => return Err(StoreError::corrupt("conversation.status")),
    };
    Ok(Conversation {
        id: row.id("id")?,
        identity: row.id("identity_id")?,
        account: row.id("account")?,
        version: row.int("version")?,
        handover_epoch: row.int("handover_epoch")?,
        owner: owner_of(row.text("owner")?),
        owner_since: row.time_or_none("owner_since")?,
        status,
        case: number_or_none(row.int("case_number")?),
        solved_at: row.time_or_none("solved_at")?,
        waiting_since: row.time_or_none("waiting_since")?,
        window_expires_at: row.time_or_none("window_expires_at")?,
        note_mode: row.json("note_mode")?,
        lines: Vec::new(),
    })
}
