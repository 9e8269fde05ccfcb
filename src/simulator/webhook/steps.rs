//! What happens to a business's message after it was taken.

use super::body::{self, Told};
use crate::simulator::faults::About;
use crate::simulator::hub::{Hub, Inner};
use crate::simulator::world::message::Status;
use crate::simulator::world::pending::Update;

/// Moves a message to `status` and tells the business; says whether it moved.
///
/// `sent` is told even when the customer has already read the message, since
/// Meta promises no order; `delivered` is then skipped.
pub(in crate::simulator) fn advance(
    hub: &Hub,
    inner: &mut Inner,
    id: &str,
    status: Status,
) -> bool {
    let Some(message) = inner.world.messages.find_mut(id) else {
        return false;
    };
    let Some(sending) = &mut message.sending else {
        return false;
    };
    let before = sending.status;
    let late_sent = status == Status::Sent && before > Status::Sent;
    if status <= before && !late_sent {
        return false;
    }
    sending.status = before.max(status);
    let priced = match status {
        Status::Sent | Status::Delivered => true,
        Status::Read => before < Status::Delivered,
        Status::Accepted | Status::Failed => false,
    };
    hub.touch();
    tell(hub, inner, id, status, priced);
    true
}

/// Tells the business of a status, unless a fault keeps it back.
fn tell(hub: &Hub, inner: &mut Inner, id: &str, status: Status, priced: bool) {
    let world = &inner.world;
    let Some(message) = world.messages.find(id) else {
        return;
    };
    let at = hub.now();
    let told = Told { status, priced, at };
    let Some(value) = body::status(world, message, told) else {
        return;
    };
    let handle = message.customer.as_deref();
    let update = Update {
        phone_number_id: message.phone_number_id.clone(),
        customer: message.customer.clone(),
        value,
    };
    let about = About {
        phone_number_id: &update.phone_number_id,
        customer: handle.and_then(|handle| world.customers.find(handle)),
        address: message.sending.as_ref().and_then(|s| s.phone.as_deref()),
    };
    if !inner.faults.take_drop(about, status.word()) {
        hub.post(inner, update);
    }
}
