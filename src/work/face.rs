//! The lane `portal`: a conversation's room is made, and what it shows of its
//! conversation (name, topic, state event) converges to what it should show.
//! Coalesced: many changes, few writes.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use crate::crash::Spot;
use crate::domain::contact::{AddressKind, Identity};
use crate::domain::conversation::{Conversation, Owner, Status};
use crate::domain::ids::ConversationId;
use crate::domain::room::{ConversationState, Face};
use crate::matrix::MatrixError;
use crate::queue::{Backoff, Handler, LEASE, Step};
use crate::store::{Lease, PortalRow, PortalState, StoreError};

use super::show::Trouble;
use super::{Works, alarm, portal};

/// The least time between two writes of the same room's face.
const CALM: SignedDuration = SignedDuration::from_secs(5);

/// How long until a room that could not be made is tried again.
const ROOM_WAIT: SignedDuration = SignedDuration::from_secs(5);

/// The worker of the lane `portal`.
#[derive(Debug, Clone)]
pub struct Faces(pub Works);

#[async_trait]
impl Handler for Faces {
    async fn step(&self, lease: &Lease) -> Result<Step, StoreError> {
        let now = self.0.clock.now();
        let Some(id) = lease.lane.conversation() else {
            return self.leave(lease, None, now).await;
        };
        let Some((portal, conversation, identity)) = self.load(&id).await? else {
            return self.leave(lease, None, now).await;
        };
        if portal.state != PortalState::Ready {
            return self.make(lease, &id, now).await;
        }
        let Some(room) = portal
            .room
            .clone()
            .filter(|_| portal.wanted_rev > portal.shown_rev)
        else {
            return self.leave(lease, None, now).await;
        };
        let wanted = of(&self.0, &conversation, &identity);
        let shown = self
            .0
            .homeserver
            .show_face(&room, portal.shown_face.as_ref(), &wanted)
            .await;
        match shown {
            Ok(()) => self.shown(lease, &portal, wanted, now).await,
            Err(MatrixError::Retry { after, detail }) => {
                tracing::warn!(detail, "a room's face could not be shown yet");
                let wait = after.unwrap_or_else(|| Backoff::wait(3, &*self.0.clock));
                self.leave(lease, Some(now + wait), now).await
            }
            Err(MatrixError::Refused { code, .. }) => {
                // The next change tries again; holding on would not help.
                tracing::error!(code, "the homeserver refused a room's face");
                self.leave(lease, None, now).await
            }
        }
    }
}

impl Faces {
    /// Makes the room, which the lane `matrix` waits for.
    async fn make(
        &self,
        lease: &Lease,
        id: &ConversationId,
        now: Timestamp,
    ) -> Result<Step, StoreError> {
        let trouble = match portal::make_ready(&self.0, id).await {
            Ok(()) => return Ok(Step::More),
            Err(trouble) => trouble,
        };
        let wait = match &trouble {
            Trouble::Store(error) if error.is_passing() => return Err(error.clone()),
            Trouble::Matrix(MatrixError::Retry { after, .. }) => after.unwrap_or(ROOM_WAIT),
            Trouble::Store(_) | Trouble::Matrix(_) | Trouble::NotYet(_) => ROOM_WAIT,
        };
        tracing::warn!(conversation.id = %id, ?trouble, "a room could not be made yet");
        if let Trouble::Matrix(MatrixError::Refused { code, .. }) = trouble {
            self.0
                .store
                .at(Spot::FaceRefused)
                .write(move |tx| {
                    Box::pin(async move { alarm::homeserver_refuses(tx, code, now).await })
                })
                .await?;
        }
        let jitter = SignedDuration::try_from_secs_f64(self.0.clock.jitter()).unwrap_or_default();
        self.leave(lease, Some(now + wait + jitter), now).await
    }

    /// Reads what the face is made of; `None` if the room is not made yet.
    async fn load(
        &self,
        id: &ConversationId,
    ) -> Result<Option<(PortalRow, Conversation, Identity)>, StoreError> {
        let id = id.clone();
        self.0
            .store
            .read(move |tx| {
                Box::pin(async move {
                    let Some(portal) = tx.find_portal(&id).await? else {
                        return Ok(None);
                    };
                    let conversation = tx.lock_conversation(&id).await?;
                    let identity = tx.get_identity(&conversation.identity).await?;
                    Ok(Some((portal, conversation, identity)))
                })
            })
            .await
    }

    /// Commits what is shown now.
    async fn shown(
        &self,
        lease: &Lease,
        portal: &PortalRow,
        face: Face,
        now: Timestamp,
    ) -> Result<Step, StoreError> {
        let (lease, id, revision) = (
            lease.clone(),
            portal.conversation.clone(),
            portal.wanted_rev,
        );
        self.0
            .store
            .at(Spot::FaceShown)
            .write(move |tx| {
                Box::pin(async move {
                    tx.fence(&lease, now + LEASE).await?;
                    tx.set_portal_shown(&id, revision, &face).await?;
                    // Whatever changes now is shown together, after a pause.
                    tx.yield_lease(&lease, now + CALM).await?;
                    Ok(Step::Idle)
                })
            })
            .await
    }

    /// Leaves the lane until `due`, or until the next change.
    async fn leave(
        &self,
        lease: &Lease,
        due: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Step, StoreError> {
        let lease = lease.clone();
        self.0
            .store
            .at(Spot::FaceLeave)
            .write(move |tx| {
                Box::pin(async move {
                    tx.fence(&lease, now + LEASE).await?;
                    tx.release_projection(&lease, due).await?;
                    Ok(Step::Idle)
                })
            })
            .await
    }
}

/// What a conversation's room should show.
pub fn of(work: &Works, conversation: &Conversation, identity: &Identity) -> Face {
    let title = identity.title();
    let several = work
        .directory
        .team_of(&conversation.account)
        .is_some_and(|team| {
            let same = |account| {
                work.directory
                    .channel(account)
                    .is_some_and(|channel| channel.kind() == identity.channel)
            };
            team.accounts.iter().filter(|account| same(account)).count() > 1
        });
    let channel = if several {
        format!("{} {}", identity.channel.title(), conversation.account)
    } else {
        identity.channel.title().to_owned()
    };
    Face {
        name: format!("{} {title} · {channel}", prefix(conversation)),
        topic: topic(conversation, identity),
        state: ConversationState {
            status: status_name(conversation.status).to_owned(),
            owner: owner_name(&conversation.owner),
            case: conversation.case,
            labels: Vec::new(),
            priority: "none".to_owned(),
            account: conversation.account.to_string(),
        },
    }
}

/// The status prefix of a room's name.
fn prefix(conversation: &Conversation) -> &'static str {
    match (conversation.status, &conversation.owner) {
        (Status::Solved, _) => "✅",
        (Status::Snoozed(_), _) => "💤",
        (Status::Open, Owner::Assistant | Owner::Script) => "🤖",
        (Status::Open, Owner::Queue) => "🙋",
        (Status::Open, Owner::Agent(_) | Owner::Phone) => "👤",
    }
}

/// The room's topic: channel and address, case, owner.
fn topic(conversation: &Conversation, identity: &Identity) -> String {
    let address = identity
        .addresses
        .iter()
        .find_map(|address| match address.kind {
            AddressKind::Phone => Some(format!("+{}", address.value.reveal())),
            AddressKind::Bsuid => None,
        });
    let address = address.or_else(|| identity.handle());
    let mut parts = vec![
        [Some(identity.channel.title().to_owned()), address]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" "),
    ];
    if let Some(case) = conversation.case {
        parts.push(format!("#{case}"));
    }
    if let Owner::Agent(agent) = &conversation.owner {
        parts.push(agent.title());
    }
    parts.join(" · ")
}

/// A status in the state event.
fn status_name(status: Status) -> &'static str {
    match status {
        Status::Open => "open",
        Status::Snoozed(_) => "snoozed",
        Status::Solved => "solved",
    }
}

/// An owner in the state event.
fn owner_name(owner: &Owner) -> String {
    match owner {
        Owner::Assistant => "assistant".to_owned(),
        Owner::Script => "script".to_owned(),
        Owner::Queue => "queue".to_owned(),
        Owner::Phone => "phone".to_owned(),
        Owner::Agent(agent) => agent.to_string(),
    }
}
