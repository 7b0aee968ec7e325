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
    /// As soon as it is ready.
    AtOnce,
    /// When it is ordered to take over from the assistant that serves until then. It says nothing before, and makes
    /// one attempt to connect.
    WhenOrdered,
}
