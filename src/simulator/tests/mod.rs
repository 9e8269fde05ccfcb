//! Tests over real sockets: a simulator on one side, a daemon made of a few
//! lines on the other. What is expected is written from the facts about
//! Meta's API.

mod control;
mod faults;
mod play;
mod refusals;
mod sending;
mod statuses;
mod webhooks;
