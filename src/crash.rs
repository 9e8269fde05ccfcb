//! Named places where a test lets the process die.
//!
//! A [`Spot`] is a commit or a request to the outside world. It has two sides: before
//! a commit everything is written and nothing committed; after it nobody has been told
//! yet. Before a request nothing has left; after it the other side has done what was
//! asked and we have written nothing of that. A spot with its side is a `Point`; a
//! test walks all of them, and fails at one that is never passed.
//!
//! Commits name their spot by [`Store::at`](crate::store::Store::at); requests pass
//! theirs in `Mortal`, which stands before the homeserver and the channels. All of that
//! exists only with the feature `testing`; without it a spot is a name that nobody
//! reads.

#[cfg(any(test, feature = "testing"))]
mod plan;

#[cfg(any(test, feature = "testing"))]
pub use plan::{Crash, Point, Side, Unreadable};

/// Declares [`Spot`]: each with what happens there and its name.
macro_rules! spots {
    ($($(#[doc = $doc:literal])+ $spot:ident = $name:literal,)+) => {
        /// A commit, or a request to the outside world.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Spot {
            $($(#[doc = $doc])+ $spot,)+
        }

        impl Spot {
            /// All there are.
            pub const ALL: &[Self] = &[$(Self::$spot),+];

            /// Its name.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$spot => $name,)+
                }
            }
        }
    };
}

spots! {
    // Commits: what comes in.
    /// A webhook's pieces are stored.
    AcceptWebhook = "accept.webhook",
    /// A transaction's events are stored.
    AcceptTransaction = "accept.transaction",

    // Commits: the lanes.
    /// The leases of a life before are cleared.
    LeaseClear = "lease.clear",
    /// Lanes are claimed.
    LeaseClaim = "lease.claim",
    /// A lease is prolonged while a step takes.
    LeaseRenew = "lease.renew",
    /// A lease is given back before its lane is idle.
    LeaseBack = "lease.back",
    /// Timers that are due become rows.
    TimersFire = "timers.fire",
    /// A failed row waits, or is put aside.
    GiveUpCount = "give_up.count",
    /// A row waits for its account's return.
    GiveUpWait = "give_up.wait",
    /// Old rows are forgotten.
    Cleanup = "cleanup",
    /// What the look of every minute tells.
    CareLook = "care.look",
    /// The homeserver is there, or is not.
    CareHomeserver = "care.homeserver",

    // Commits: decisions.
    /// A row of the lane `in` is decided: state, messages, effects.
    Decide = "ingest.decide",

    // Commits: the lane `channel`.
    /// An attempt is begun, or there is nothing to send.
    Attempt = "deliver.attempt",
    /// What became of an attempt.
    Outcome = "deliver.outcome",

    // Commits: the lane `matrix`.
    /// A row is taken.
    ShowTake = "project.take",
    /// What was written into a room is written down.
    ShowDone = "project.done",
    /// A row waits for the end of an outage.
    ShowLater = "project.later",
    /// The alarm that the homeserver refuses.
    ShowRefused = "project.refused",
    /// The alarm that somebody cannot be invited.
    InviteRefused = "project.invite_refused",

    // Commits: rooms.
    /// One of the desk's own rooms is reserved before it is made.
    RoomReserve = "rooms.reserve",
    /// The next alias of one of the desk's own rooms is reserved.
    RoomReserveNext = "rooms.reserve_next",
    /// One of the desk's own rooms is there.
    RoomOpened = "rooms.opened",
    /// The turn to make rooms is given to others.
    RoomTurn = "rooms.turn",
    /// A room into which the desk was invited is remembered.
    RoomDirect = "rooms.direct",
    /// The next alias of a portal is reserved.
    PortalReserveNext = "portal.reserve_next",
    /// A portal's room is there.
    PortalMade = "portal.made",
    /// A portal is furnished: lines may go there.
    PortalReady = "portal.ready",
    /// A ghost has the customer's newest name.
    GhostNamed = "portal.ghost_named",
    /// A portal's name, topic and state are shown.
    FaceShown = "face.shown",
    /// A portal's lane is left.
    FaceLeave = "face.leave",
    /// The alarm that the homeserver refuses to make a portal.
    FaceRefused = "face.refused",

    // Commits: what the homeserver did not deliver.
    /// What it delivers waits from now on.
    RecoverRaise = "recover.raise",
    /// The homeserver is about to be asked what is new.
    RecoverLook = "recover.look",
    /// The rooms in which something is missing are noted.
    RecoverNote = "recover.note",
    /// The homeserver does not know the place any more: the next question begins anew.
    RecoverForget = "recover.forget",
    /// A room's gap is about to be read.
    RecoverOpen = "recover.open",
    /// A page of a gap is taken in.
    RecoverPage = "recover.page",
    /// The lane is left.
    RecoverLeave = "recover.leave",

    // Requests to the homeserver.
    /// The desk's user.
    EnsureDesk = "homeserver.ensure_desk",
    /// A ghost's user.
    EnsureGhost = "homeserver.ensure_ghost",
    /// A ghost's photo is uploaded and set.
    EnsurePhoto = "homeserver.ensure_photo",
    /// A room is created.
    CreateRoom = "homeserver.create_room",
    /// A room is looked up by its alias.
    FindRoom = "homeserver.find_room",
    /// A user joins.
    Join = "homeserver.join",
    /// A user is invited.
    Invite = "homeserver.invite",
    /// A room's members are listed.
    Members = "homeserver.members",
    /// An event is written.
    Send = "homeserver.send",
    /// An event is looked for.
    FindEvent = "homeserver.find_event",
    /// A room's name, topic and state are written.
    ShowFace = "homeserver.show_face",
    /// A room is put into a space.
    AddChild = "homeserver.add_child",
    /// Power levels are written.
    SetPowers = "homeserver.set_powers",
    /// An event is marked as read.
    Read = "homeserver.read",
    /// A room's encryption is looked up.
    IsEncrypted = "homeserver.is_encrypted",
    /// The homeserver is asked to reach us.
    Ping = "homeserver.ping",
    /// The harmless event.
    Nudge = "homeserver.nudge",
    /// What is new in all rooms is asked for.
    News = "homeserver.news",
    /// A page of a room's history is read.
    History = "homeserver.history",

    // Requests to a channel.
    /// A part is sent to a customer.
    ChannelSend = "channel.send",
    /// A customer's device is told that something was read, or that somebody types.
    ChannelGesture = "channel.gesture",
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_spot_has_a_name_of_its_own() {
        let names: BTreeSet<&str> = Spot::ALL.iter().map(|spot| spot.name()).collect();
        assert_eq!(names.len(), Spot::ALL.len());
    }

    #[test]
    fn a_point_is_read_as_it_is_written() {
        for point in Point::all() {
            assert_eq!(point.to_string().parse::<Point>(), Ok(point));
        }
        assert!("deliver.attempt".parse::<Point>().is_err());
        assert!("before:no.such.spot".parse::<Point>().is_err());
    }
}
