//! Common parts of every port that others connect to: it is bound before it is opened, only allowed networks may connect, the
//! number of running handshakes is limited, a failed `accept` is retried with growing waits, and a peer whose machine is gone is
//! detected.
//!
//! ```text
//! TakenPort           bound: no other process gets it, and connections are refused; or passed on by the service manager, and they wait
//! └─ accepting        one task; ends with its ListenerHandle
//!    └─ handshake     one per connection, until the registry has it; ends with the port
//! ```

mod accept_backoff;
mod accepting;
mod call_port;
mod given;
mod handing_on;
mod handshakes;
mod line_a_minute;
mod listener;
mod listener_handle;
mod port_range;
mod probing;
mod taken_port;
mod tally;

pub use accept_backoff::AcceptBackoff;
pub(crate) use accepting::{ConnectionHandler, accepting};
pub use call_port::{
    CallPort, DeclaredPort, HandshakeRoom, OpenCallPort, PortFault, PortView, TakenCallPort, Transport,
};
pub use given::{close_rest, give, given_with_same_port, take_given};
pub(crate) use handing_on::{Blame, HandshakeFault, hand_on, report};
pub(crate) use line_a_minute::LineAMinute;
pub use listener::{Listener, PortSettings};
pub use listener_handle::ListenerHandle;
pub use port_range::{BadRange, LeasedRange, PortRange};
pub(crate) use taken_port::{PortListener, TakenPort};
pub use tally::Outcomes;
pub(crate) use tally::{Tally, count, tally};
