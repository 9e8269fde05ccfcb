//! Lanes: claim, lease, fence, wake-up, backoff, timers.
