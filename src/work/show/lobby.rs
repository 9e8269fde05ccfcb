//! What a conversation's rows ask for in the lobby: its line is written, ringing,
//! once per case, and edited from then on.

use jiff::tz::TimeZone;

use super::super::effects::claim_id;
use super::super::portal::Door;
use super::super::{alarm, directory, rooms};
use super::{Show, Trouble, Written};
use crate::crash::Spot;
use crate::domain::ids::{RoomId, UserId};
use crate::domain::rich::Rich;
use crate::domain::room::{OutgoingContent, Style};
use crate::domain::room_event::EventKind;
use crate::domain::saying::Saying;
use crate::matrix::MatrixError;
use crate::saying;
use crate::text;

impl Show<'_> {
    /// Invites the agents on duty and rings in the lobby, once per case.
    pub(super) async fn call_humans(&self, door: &Door, case: i64) -> Result<Written, Trouble> {
        let Some(team) = self.work.directory.team_of(&door.account) else {
            return Err(Trouble::NotYet("the account left the configuration"));
        };
        let agents = directory::agents(team);
        for agent in &directory::invited_when_needed(team) {
            self.invite(agent, &door.room).await?;
        }
        let lobby = rooms::lobby(self.work, team).await?;
        let content = OutgoingContent::Text {
            text: Rich::from_plain(&text::say(door.language, &needs_a_human(door, case))),
            style: Style::Text,
            ring: agents,
            reply_to: None,
            replaces: None,
        };
        self.write(&lobby, content, EventKind::Claim, None).await
    }

    /// Edits the lobby's line: somebody has it.
    pub(super) async fn claimed(
        &self,
        door: &Door,
        case: i64,
        agent: &UserId,
    ) -> Result<Option<Written>, Trouble> {
        let zone = self.work.directory.team_of(&door.account);
        let zone = zone.map_or(TimeZone::UTC, |team| team.time_zone.clone());
        let time = self.row.created_at.to_zoned(zone);
        let says = saying!(
            "claimed",
            agent = agent.title(),
            time = time.strftime("%H:%M").to_string(),
            contact = door.ghost.name.clone(),
            case = case,
        );
        self.edit_claim(door, case, &says).await
    }

    /// Edits the lobby's line: the case waits for a human again.
    pub(super) async fn unclaimed(
        &self,
        door: &Door,
        case: i64,
    ) -> Result<Option<Written>, Trouble> {
        self.edit_claim(door, case, &needs_a_human(door, case))
            .await
    }

    /// Edits the lobby's line of a case, quietly.
    async fn edit_claim(
        &self,
        door: &Door,
        case: i64,
        says: &Saying,
    ) -> Result<Option<Written>, Trouble> {
        let Some(team) = self.work.directory.team_of(&door.account) else {
            return Ok(None);
        };
        let found = self
            .work
            .store
            .read(move |tx| {
                Box::pin(async move { tx.find_event_by_loket_id(claim_id(case).as_str()).await })
            })
            .await?;
        let Some(line) = found.map(|found| found.id) else {
            return Ok(None);
        };
        let lobby = rooms::lobby(self.work, team).await?;
        let content = OutgoingContent::Text {
            text: Rich::from_plain(&text::say(door.language, says)),
            style: Style::Text,
            ring: Vec::new(),
            reply_to: None,
            replaces: Some(line),
        };
        self.write(&lobby, content, EventKind::Notice, None)
            .await
            .map(Some)
    }

    /// Invites an agent; an agent who cannot be invited is an alarm's matter, not a
    /// reason to hold the room.
    pub(super) async fn invite(&self, agent: &UserId, room: &RoomId) -> Result<(), Trouble> {
        match self.work.homeserver.invite(agent, room).await {
            Err(MatrixError::Refused { code, .. }) => {
                tracing::warn!(code, "an agent could not be invited");
                let now = self.work.clock.now();
                let key = format!("invite_{agent}");
                let says = saying!("alarm-invite", agent = agent.as_str(), code = code);
                self.work
                    .store
                    .at(Spot::InviteRefused)
                    .write(move |tx| {
                        Box::pin(async move { alarm::daily(tx, &key, says, now).await })
                    })
                    .await?;
                Ok(())
            }
            other => Ok(other?),
        }
    }
}

/// The lobby's line of a case that waits for a human.
fn needs_a_human(door: &Door, case: i64) -> Saying {
    saying!(
        "needs-a-human",
        contact = door.ghost.name.clone(),
        channel = door.channel.title(),
        case = case,
        link = format!("https://matrix.to/#/{}", door.room),
    )
}
