//! Place at an organization's desks that a call is offered to, and how an offer is accepted there.

use cordboard_schema::ids::UserId;

/// The party that a call asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeskPlace {
    /// The agent of this extension, by its name.
    Extension(String),
    /// This agent.
    Agent(UserId),
    /// An agent who takes the calls of the queue of this name.
    Queue(String),
}

/// How a call that is offered is accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Accepts {
    /// An agent takes it, or declines.
    #[default]
    ByAgent,
    /// It is accepted for an agent who is free, as soon as there is one: nobody rings.
    ByItself,
}
