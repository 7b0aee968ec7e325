//! To the RealtimeAiActor: orders of the call to its assistant.

use actix::Message;
pub use cordboard_call::{AssistantOrder, Attention};

/// Call -> assistant.
#[derive(Clone, Debug, PartialEq, Message)]
#[rtype(result = "()")]
pub struct OrderAssistant(pub AssistantOrder);

/// When an assistant begins to serve its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entrance {
    /// Once it is there.
    AtOnce,
    /// When it is ordered to take over from the one that serves until then. It says nothing before, and has one attempt to connect.
    WhenTold,
}
