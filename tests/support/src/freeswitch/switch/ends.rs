//! How the switch stops: in order, or at once.

use std::sync::Arc;

use super::super::channel::{Disposition, Progress};
use super::super::esl::listener::Listener;
use super::Switch;

impl Switch {
    /// The process is killed: nothing is sent, and the kernel closes TCP.
    pub(in crate::freeswitch) fn die(&self) {
        let at = self.age();
        let (tasks, channels) = {
            let mut world = self.world();
            world.all_ended(at);
            world.connections.clear();
            (std::mem::take(&mut world.tasks), std::mem::take(&mut world.channels))
        };
        for channel in channels.values() {
            let mut state = channel.state();
            state.progress = Progress::Over;
            state.cause.get_or_insert_with(|| "SYSTEM_SHUTDOWN".to_owned());
            state.stream = None;
            state.unicast = None;
        }
        for task in tasks {
            task.abort();
        }
    }

    /// Forgets the old channels: they and the switch hold each other, and nobody can ask for them any more.
    pub(in crate::freeswitch) fn forget(&self) {
        self.world().past.clear();
    }

    /// SIGTERM: every call is hung up, and every connection is notified.
    pub(in crate::freeswitch) fn shut_down(&self) {
        self.emit(self.event("SHUTDOWN").with("Event-Info", "System Shutting Down"));
        for channel in self.channels() {
            channel.hang_up("SYSTEM_SHUTDOWN", Disposition::SendBye);
        }
        let inbound: Vec<Arc<Listener>> = {
            let world = self.world();
            let inbound = world.connections.iter().filter(|known| known.call.is_none());
            inbound.map(|known| Arc::clone(&known.listener)).collect()
        };
        for listener in inbound {
            listener.switch_over();
        }
    }
}
