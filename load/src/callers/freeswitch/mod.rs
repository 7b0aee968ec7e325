//! Callers as FreeSWITCH connects them in dual mode: an ESL connection of its dialplan's `socket`, and the sound through the audio module's WebSocket
//! or by `unicast`.
//!
//! ```text
//! Freeswitch           the switch: starts calls, and passes on what their callers do
//!   session            one call's connections and its clock
//!     Channel          what it answers and which events it fires (pure)
//!       Prompts        what it plays, file by file (pure)
//!       ChannelText    the 5 kB that are in every event
//!     Stream           the audio module's WebSocket
//! ```

mod channel;
mod channel_text;
mod command;
mod prompts;
mod session;
mod stream;

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::spawn_local;

use super::super::board::{CallNumber, SharedBoard};
use super::pacing::Pacing;
use session::Session;

/// Maximum pending actions of a caller: few.
const ACTIONS_MAX: usize = 8;

/// A simulated FreeSWITCH. Within a `LocalSet`.
#[derive(Debug)]
pub(in super::super) struct Freeswitch {
    ports: Ports,
    board: SharedBoard,
    pacing: Rc<Pacing>,
    callers: RefCell<HashMap<u16, mpsc::Sender<CallerAction>>>,
}

/// Ports at which the server listens.
#[derive(Clone, Copy, Debug)]
struct Ports {
    control: SocketAddr,
    stream: SocketAddr,
}

/// Action of a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CallerAction {
    HangUp,
    PressKey(char),
}

/// Order in which the halves of a call arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Arrival {
    /// Control arrives, and the server starts the sound.
    ControlFirst {
        /// How long the audio module takes to connect, if not at once.
        stream_late: Option<Duration>,
    },
    /// The dialplan starts the stream, and reaches its `socket` later.
    StreamFirst {
        /// How much later.
        control_late: Duration,
    },
}

impl Freeswitch {
    /// Makes a switch whose dialplan leads to the server at these addresses. None calls yet.
    pub(super) fn of(control: SocketAddr, stream: SocketAddr, board: SharedBoard) -> Self {
        let pacing = Rc::new(Pacing::start(Rc::clone(&board)));
        Self { ports: Ports { control, stream }, board, pacing, callers: RefCell::default() }
    }

    /// Starts one more call.
    pub(in super::super) fn call(&self, arrival: Arrival) -> CallNumber {
        let call = self.board.borrow_mut().add_call();
        let (actions, taken) = mpsc::channel(ACTIONS_MAX);
        self.callers.borrow_mut().insert(call.0, actions);
        let session =
            Session::new(call, self.ports, arrival, Rc::clone(&self.board), Rc::clone(&self.pacing));
        spawn_local(session.run(taken));
        call
    }

    /// The caller hangs up.
    pub(in super::super) fn hang_up(&self, call: CallNumber) {
        self.instruct(call, CallerAction::HangUp);
        self.callers.borrow_mut().remove(&call.0);
    }

    /// The caller presses `#`.
    pub(super) fn press_key(&self, call: CallNumber) {
        self.instruct(call, CallerAction::PressKey('#'));
    }

    fn instruct(&self, call: CallNumber, action: CallerAction) {
        let is_sent =
            self.callers.borrow().get(&call.0).is_some_and(|actions| actions.try_send(action).is_ok());
        if !is_sent {
            // The call's end has been reported and must not be awaited.
            self.board.borrow_mut().hang_up(call, Instant::now());
        }
    }
}
