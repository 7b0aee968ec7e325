//! Place at an organization's desks that a call is offered to.

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
