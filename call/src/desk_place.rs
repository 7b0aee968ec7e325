//! The desks at which a call is offered, and the way in which the offer is accepted there.

use cordboard_schema::ids::UserId;

/// The desk or queue that a call is offered to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeskPlace {
    /// The agent at the extension of this name.
    Extension(String),
    /// This agent.
    Agent(UserId),
    /// An agent who takes calls from the queue of this name.
    Queue(String),
}

/// How an offered call is accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Accepts {
    /// An agent accepts or declines it.
    #[default]
    ByAgent,
    /// It is accepted automatically for the first free agent; no desk rings.
    ByItself,
}
