//! What a channel answers to a send, and what a provider reports.

use jiff::SignedDuration;
use loket::domain::delivery::{Receipt, RetryCause, SendError};
use loket::domain::ids::ProviderId;
use loket::domain::inbound::Reported;
use loket::saying;

/// What a channel answers.
pub(crate) type Outcome = Result<ProviderId, SendError>;

/// A passing fault before anything was accepted.
pub(crate) fn fault() -> Outcome {
    let cause = RetryCause::Fault {
        detail: "no answer to the knock".into(),
    };
    Err(SendError::Retry { after: None, cause })
}

/// The same, with the least time to wait.
pub(crate) fn fault_for(seconds: i64) -> Outcome {
    let cause = RetryCause::Fault {
        detail: "busy".into(),
    };
    let after = Some(SignedDuration::from_secs(seconds));
    Err(SendError::Retry { after, cause })
}

/// Too fast.
pub(crate) fn paced() -> Outcome {
    let cause = RetryCause::Paced;
    Err(SendError::Retry { after: None, cause })
}

/// The account takes nothing until somebody acts.
pub(crate) fn down() -> Outcome {
    let alarm = saying!("down-token", account = "wa", code = 190);
    let cause = RetryCause::Down { alarm };
    Err(SendError::Retry { after: None, cause })
}

/// Certainly not accepted, for good.
pub(crate) fn refused() -> Outcome {
    Err(SendError::Refused {
        reason: saying!("refused-undeliverable"),
        code: Some(131_026),
    })
}

/// No answer after the first byte.
pub(crate) fn unknown() -> Outcome {
    Err(SendError::Unknown {
        detail: "timeout".into(),
    })
}

/// The provider has it.
pub(crate) fn sent() -> Reported {
    Reported::Receipt(Receipt::Accepted)
}

/// The customer's device has it.
pub(crate) fn delivered() -> Reported {
    Reported::Receipt(Receipt::Delivered)
}

/// The customer has read it.
pub(crate) fn read() -> Reported {
    Reported::Receipt(Receipt::Read)
}

/// It was not delivered and will not be.
pub(crate) fn failed() -> Reported {
    Reported::Failed {
        reason: saying!("refused-undeliverable"),
        code: Some(131_026),
    }
}
