//! Actions that a session orders.

use cordboard_schema::wire::openai::ClientMessage;

use crate::assistant::remote;
pub use crate::assistant::remote::{LinkId, Loss, Retry};

/// One thing that a session wants done, in the order in which it is returned.
pub type Act = remote::Act<ClientMessage>;
