//! Whether a line may go now: the account's pace, which all processes share, and what
//! the channel says of this customer. Called by [`super::deliver`], in the transaction
//! that starts the attempt.

use jiff::{SignedDuration, Timestamp};

use crate::channel::SharedChannel;
use crate::domain::contact::Identity;
use crate::domain::ids::AccountId;
use crate::store::{StoreError, Tx};

/// How long to wait before the next send to a customer; `None` = now, and it is
/// counted. The account's turn is taken last: its row is everybody's.
///
/// # Errors
/// The database's.
pub async fn pause(
    tx: &mut Tx,
    account: &AccountId,
    channel: &SharedChannel,
    to: &Identity,
    now: Timestamp,
) -> Result<Option<SignedDuration>, StoreError> {
    let Some(rate) = channel.rate() else {
        return Ok(channel.pace(&to.addresses, now));
    };
    if let Some(wait) = tx.turn_wait(account, &rate, now).await? {
        return Ok(Some(wait));
    }
    if let Some(wait) = channel.pace(&to.addresses, now) {
        return Ok(Some(wait));
    }
    let taken = tx.take_turn(account, &rate, now).await?;
    Ok((!taken).then_some(rate.every))
}
