//! What a customer says and does, shown as their ghost.

use crate::domain::ids::{EventId, MessageId, ProviderId, RoomId, UserId};
use crate::domain::inbound::Said;
use crate::domain::room::{Outgoing, OutgoingContent, Style};
use crate::domain::room_event::EventKind;
use crate::matrix::MatrixError;
use crate::store::{MessageRow, StoreError, Tx};

use super::super::portal::{self, Door};
use super::{Extra, Show, Trouble, Written, said};

/// A message, with what is needed to show it.
struct Scene {
    /// The message.
    message: MessageRow,
    /// What it holds beyond its text.
    said: Option<Said>,
    /// The event that it answers.
    answered: Option<EventId>,
}

impl Show<'_> {
    /// Shows a customer's message.
    pub(super) async fn customer(
        &self,
        door: &Door,
        id: MessageId,
        ring: Vec<UserId>,
    ) -> Result<Written, Trouble> {
        portal::refresh_ghost(self.work, door).await?;
        let wanted = id.clone();
        let scene = self
            .work
            .store
            .read(move |tx| Box::pin(async move { scene(tx, &wanted).await }))
            .await?;
        let message = &scene.message;
        let content = said::content(message, scene.said.as_ref(), door.language);
        let outgoing = Outgoing {
            at: Some(message.created_at),
            ..self.by_ghost(door, content.addressed(ring, scene.answered))
        };
        let event = self.send_as_ghost(door, &outgoing).await?;
        let taken = self.work.clock.now().duration_since(message.received_at);
        metrics::histogram!("loket_inbound_latency_seconds").record(taken.as_secs_f64());
        Ok(Written {
            event,
            room: outgoing.room,
            kind: EventKind::Customer,
            message: Some(id),
            author: outgoing.author,
            extra: Extra::None,
        })
    }

    /// Shows a line of the business's phone app, as the desk: agents see who did not
    /// write it.
    pub(super) async fn phone(&self, door: &Door, id: MessageId) -> Result<Written, Trouble> {
        let wanted = id.clone();
        let scene = self
            .work
            .store
            .read(move |tx| Box::pin(async move { scene(tx, &wanted).await }))
            .await?;
        let text = said::whole(&scene.message, scene.said.as_ref(), door.language);
        let content = OutgoingContent::Text {
            text: said::from_phone(text, door.language),
            style: Style::Notice,
            ring: Vec::new(),
            reply_to: scene.answered,
            replaces: None,
        };
        self.write(&door.room, content, EventKind::Agent, Some(id))
            .await
    }

    /// Shows the customer's reaction to a message; `None` if that is not shown itself.
    pub(super) async fn reaction(
        &self,
        door: &Door,
        message: &MessageId,
        emoji: String,
    ) -> Result<Option<Written>, Trouble> {
        let Some(target) = self.event_of_message(message).await? else {
            return Ok(None);
        };
        let content = OutgoingContent::Reaction {
            target: target.clone(),
            key: emoji,
        };
        match self.act(door, content, Extra::Reacted(target)).await {
            Err(Trouble::Matrix(MatrixError::Refused { code, .. }))
                if code == "M_DUPLICATE_ANNOTATION" =>
            {
                Ok(None)
            }
            written => written,
        }
    }

    /// Takes the customer's reaction to a message away, if there is one.
    pub(super) async fn no_reaction(
        &self,
        door: &Door,
        message: &MessageId,
    ) -> Result<Option<Written>, Trouble> {
        let Some(target) = self.event_of_message(message).await? else {
            return Ok(None);
        };
        let wanted = target.clone();
        let found = self
            .work
            .store
            .read(move |tx| Box::pin(async move { tx.find_reaction(&wanted).await }))
            .await?;
        let Some(event) = found else {
            return Ok(None);
        };
        let content = OutgoingContent::Redaction { target: event };
        self.act(door, content, Extra::Unreacted(target)).await
    }

    /// Shows what a customer's message says now.
    pub(super) async fn edit(
        &self,
        door: &Door,
        message: MessageId,
        said: Said,
    ) -> Result<Option<Written>, Trouble> {
        let Some(target) = self.event_of_message(&message).await? else {
            return Ok(None);
        };
        let content = OutgoingContent::Text {
            text: said::in_words(&said, door.language),
            style: Style::Text,
            ring: Vec::new(),
            reply_to: None,
            replaces: Some(target),
        };
        let written = self.act(door, content, Extra::None).await?;
        // What is deleted later is deleted with its edits.
        Ok(written.map(|written| Written {
            message: Some(message),
            ..written
        }))
    }

    /// Takes back what shows a customer's message, its edits first: homeservers keep
    /// them when the line itself goes. Each redaction has a name of its own, so that
    /// doing it again after a crash changes nothing.
    pub(super) async fn revoke(
        &self,
        door: &Door,
        message: &MessageId,
    ) -> Result<Option<Written>, Trouble> {
        let Some(target) = self.event_of_message(message).await? else {
            return Ok(None);
        };
        let wanted = message.clone();
        let events = self
            .work
            .store
            .read(move |tx| Box::pin(async move { tx.events_of_message(&wanted).await }))
            .await?;
        let edits = events.into_iter().filter(|event| {
            event.kind == EventKind::Other && event.sender == door.ghost.user && event.id != target
        });
        for (n, edit) in edits.enumerate() {
            let content = OutgoingContent::Redaction { target: edit.id };
            let outgoing = Outgoing {
                loket_id: format!("{}.{n}", self.row.id),
                ..self.by_ghost(door, content)
            };
            self.send_as_ghost(door, &outgoing).await?;
        }
        let content = OutgoingContent::Redaction { target };
        self.act(door, content, Extra::None).await
    }

    /// Writes, as the ghost, an event that is no line.
    async fn act(
        &self,
        door: &Door,
        content: OutgoingContent,
        extra: Extra,
    ) -> Result<Option<Written>, Trouble> {
        let outgoing = self.by_ghost(door, content);
        let event = self.send_as_ghost(door, &outgoing).await?;
        Ok(Some(Written {
            event,
            room: outgoing.room,
            kind: EventKind::Other,
            message: None,
            author: outgoing.author,
            extra,
        }))
    }

    /// An event of the ghost's, named after the row.
    fn by_ghost(&self, door: &Door, content: OutgoingContent) -> Outgoing {
        Outgoing {
            author: door.ghost.user.clone(),
            room: door.room.clone(),
            loket_id: self.row.id.to_string(),
            at: None,
            content,
        }
    }

    /// The event that shows a message, if one does.
    async fn event_of_message(&self, message: &MessageId) -> Result<Option<EventId>, StoreError> {
        let message = message.clone();
        let row = self
            .work
            .store
            .read(move |tx| Box::pin(async move { tx.get_message(&message).await }))
            .await?;
        Ok(row.event)
    }

    /// Sends an event as the ghost, which comes back into the room if somebody has
    /// removed it.
    async fn send_as_ghost(&self, door: &Door, outgoing: &Outgoing) -> Result<EventId, Trouble> {
        match self.send(outgoing).await {
            Err(Trouble::Matrix(MatrixError::Refused { status: 403, .. })) => {
                let (ghost, room): (&UserId, &RoomId) = (&door.ghost.user, &door.room);
                self.work.homeserver.ensure_ghost(&door.ghost).await?;
                self.work.homeserver.invite(ghost, room).await?;
                self.work.homeserver.join(ghost, room).await?;
                self.send(outgoing).await
            }
            sent => sent,
        }
    }
}

/// Reads what is needed to show a message.
async fn scene(tx: &mut Tx, id: &MessageId) -> Result<Scene, StoreError> {
    let message = tx.get_message(id).await?;
    let said = match message.kind.as_str() {
        "text" => None,
        _ => tx.find_content(id).await?,
    };
    let answered = match &message.reply_to {
        Some(provider) => event_of(tx, provider).await?,
        None => None,
    };
    Ok(Scene {
        message,
        said,
        answered,
    })
}

/// The event that shows a message of the provider's.
async fn event_of(tx: &mut Tx, provider: &ProviderId) -> Result<Option<EventId>, StoreError> {
    let Some(part) = tx.find_part_by_provider(provider).await? else {
        return Ok(None);
    };
    Ok(tx.get_message(&part.message).await?.event)
}
