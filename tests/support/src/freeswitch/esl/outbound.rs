//! The outbound end: the switch connects to a program and gives it a call.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::super::channel::Channel;
use super::super::referee::Rule;
use super::connection::{Connection, End, Linger, Role};

/// The state of its connection that the application `socket` watches.
#[derive(Debug, Default)]
pub(in crate::freeswitch) struct Link {
    /// The program has sent something.
    pub(super) greeted: AtomicBool,
    /// The program has sent `connect`.
    pub(in crate::freeswitch) connected: AtomicBool,
    /// The connection has closed.
    pub(in crate::freeswitch) closed: AtomicBool,
    /// Notified when it has closed.
    pub(in crate::freeswitch) gone: Notify,
}

/// The words after the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::freeswitch) struct Mode {
    pub(in crate::freeswitch) pace: ModePace,
    pub(in crate::freeswitch) control: Control,
}

/// `async` or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::freeswitch) enum ModePace {
    Async,
    /// `execute` is answered when the application has finished.
    Static,
}

/// `full` or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::freeswitch) enum Control {
    Full,
    SingleChannel,
}

impl Mode {
    /// Parses the words of the dialplan.
    pub(in crate::freeswitch) fn from_words<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        let mut mode = Self { pace: ModePace::Static, control: Control::SingleChannel };
        for word in words {
            match word {
                "async" => mode.pace = ModePace::Async,
                "full" => mode.control = Control::Full,
                _ => {}
            }
        }
        mode
    }
}

/// Serves a connection to a program until either end closes it.
pub(in crate::freeswitch) async fn serve(
    stream: TcpStream,
    channel: Arc<Channel>,
    link: Arc<Link>,
    mode: Mode,
) {
    let switch = Arc::clone(&channel.switch);
    let role =
        Role::Controller { channel: Arc::clone(&channel), link: Arc::clone(&link), mode, linger: Linger::No };
    let mut connection = Connection::new(&switch, stream, role);
    let end = connection.run().await;
    if connection.listener.desk().wanted.hears_strangers() {
        let how = format!("{} subscribed to events of all calls and set no filter", channel.uuid);
        switch.referee().against(Rule::Filter, how);
    }
    if end == End::ByProgram && !channel.is_over() && !channel.state().is_moved {
        let how = format!("the program left {} alive: its dialplan goes on", channel.uuid);
        switch.referee().against(Rule::LeftAlive, how);
    }
    channel.is_controlled.store(false, Ordering::Release);
    link.closed.store(true, Ordering::Release);
    link.gone.notify_one();
    channel.nudge();
}
