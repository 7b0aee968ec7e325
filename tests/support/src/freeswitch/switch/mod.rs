//! The switch itself: connections, live channels, and how an event reaches its subscribers.

mod calls;
mod ends;
mod events;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;
use uuid::Uuid;

use super::channel::{Channel, Direction};
use super::esl::command::Command;
use super::esl::listener::Listener;
use super::extension::{Extension, Registration};
use super::faults::{Faults, Strike};
use super::originated::Originated;
use super::referee::Referee;
use super::settings::Settings;
use crate::clock::{Calendar, now};

/// A command that a program sent.
#[derive(Debug, Clone)]
pub struct Sent {
    /// When it was read.
    pub at: Instant,
    /// The number of its connection, from 0.
    pub connection: usize,
    /// The call, on an outbound connection.
    pub call: Option<String>,
    /// The command.
    pub command: Command,
}

/// A connection as the switch knows it.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) number: usize,
    /// The call, on an outbound connection.
    pub(super) call: Option<String>,
    pub(super) listener: Arc<Listener>,
    pub(super) strikes: mpsc::UnboundedSender<Strike>,
}

#[derive(Debug, Default)]
struct World {
    channels: BTreeMap<String, Arc<Channel>>,
    /// Every channel that ever existed, for tests that look back.
    past: BTreeMap<String, Arc<Channel>>,
    extensions: BTreeMap<String, Extension>,
    connections: Vec<Known>,
    connections_ever: usize,
    sent: Vec<Sent>,
    originated: Vec<Originated>,
    tasks: Vec<AbortHandle>,
    sequence: u64,
    sessions: u64,
}

/// Everything that a stand-in's tasks share.
#[derive(Debug)]
pub(super) struct Switch {
    pub(super) settings: Settings,
    pub(super) core_uuid: String,
    started: Instant,
    /// How long it had run before it moved to this runtime.
    before: Duration,
    faults: watch::Sender<Faults>,
    referee: Referee,
    world: Mutex<World>,
    runtime: Handle,
    calendar: Calendar,
}

impl Switch {
    /// A switch that has run for this long elsewhere, and was asked to make these calls there.
    pub(super) fn new(
        settings: Settings,
        runtime: Handle,
        calendar: Calendar,
        (before, originated): (Duration, Vec<Originated>),
    ) -> Arc<Self> {
        let extensions = settings.extensions.iter().cloned();
        let extensions = extensions.map(|extension| (extension.number.clone(), extension)).collect();
        Arc::new(Self {
            settings,
            core_uuid: Uuid::new_v4().to_string(),
            started: now(),
            before,
            faults: watch::Sender::default(),
            referee: Referee::default(),
            world: Mutex::new(World { extensions, originated, ..World::default() }),
            runtime,
            calendar,
        })
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Microseconds since 1970.
    pub(super) fn now_us(&self) -> u64 {
        u64::try_from(self.calendar.now().as_micros()).unwrap_or(u64::MAX)
    }

    /// How long it has run.
    pub(super) fn uptime(&self) -> Duration {
        now() - self.started
    }

    pub(super) fn referee(&self) -> &Referee {
        &self.referee
    }

    pub(super) fn faults(&self) -> Faults {
        self.faults.borrow().clone()
    }

    pub(super) fn watch_faults(&self) -> watch::Receiver<Faults> {
        self.faults.subscribe()
    }

    pub(super) fn change_faults(&self, change: impl FnOnce(&mut Faults)) {
        self.faults.send_modify(change);
    }

    /// Starts a task that ends with the switch.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let task = self.runtime.spawn(task).abort_handle();
        let mut world = self.world();
        if world.tasks.len() > 256 {
            world.tasks.retain(|task| !task.is_finished());
        }
        world.tasks.push(task);
    }

    // Channels.

    pub(super) fn add(&self, channel: &Arc<Channel>) {
        let mut world = self.world();
        world.channels.insert(channel.uuid.clone(), Arc::clone(channel));
        world.past.insert(channel.uuid.clone(), Arc::clone(channel));
    }

    /// A live channel.
    pub(super) fn channel(&self, uuid: &str) -> Option<Arc<Channel>> {
        self.world().channels.get(uuid).cloned()
    }

    /// A channel, live or not.
    pub(super) fn channel_ever(&self, uuid: &str) -> Option<Arc<Channel>> {
        self.world().past.get(uuid).cloned()
    }

    /// Forgets a channel: later requests find that there is none.
    pub(super) fn lose(&self, channel: &Channel) {
        self.world().channels.remove(&channel.uuid);
    }

    pub(super) fn channels(&self) -> Vec<Arc<Channel>> {
        self.world().channels.values().cloned().collect()
    }

    /// The targets of calls, active ones and past ones.
    pub(super) fn dialled(&self) -> Vec<String> {
        let past: Vec<Arc<Channel>> = self.world().past.values().cloned().collect();
        let outbound = past.iter().map(|channel| channel.state().profile.clone());
        outbound
            .filter(|profile| profile.direction == Direction::Outbound)
            .map(|profile| profile.destination)
            .collect()
    }

    pub(super) fn next_session(&self) -> u64 {
        let mut world = self.world();
        world.sessions += 1;
        world.sessions
    }

    pub(super) fn sessions(&self) -> u64 {
        self.world().sessions
    }

    /// Notifies the connections of a call that it was hung up.
    pub(super) fn channel_hung_up(&self, channel: &Channel) {
        let at = self.age();
        let mut world = self.world();
        world.ended(&channel.uuid, at);
        for known in &world.connections {
            if known.call.as_deref() == Some(&channel.uuid) {
                known.listener.call_hung_up();
            }
        }
    }

    /// Removes a channel from the list, and notifies its connections.
    pub(super) fn channel_over(&self, channel: &Channel) {
        let mut world = self.world();
        world.channels.remove(&channel.uuid);
        for known in &world.connections {
            if known.call.as_deref() == Some(&channel.uuid) || known.listener.is_bound_to(&channel.uuid) {
                known.listener.call_over();
            }
        }
    }

    // People.

    pub(super) fn extensions(&self) -> Vec<Extension> {
        self.world().extensions.values().cloned().collect()
    }

    pub(super) fn extension(&self, number: &str) -> Option<Extension> {
        self.world().extensions.get(number).cloned()
    }

    /// Changes an extension; a new registration is reported, as for real phones.
    pub(super) fn put_extension(&self, extension: Extension) {
        let before = self.world().extensions.insert(extension.number.clone(), extension.clone());
        let before = before.map(|before| before.registration);
        if before == Some(extension.registration) {
            return;
        }
        let (subclass, status) = match extension.registration {
            Registration::Registered => ("sofia::register", "Registered(UDP)"),
            Registration::Unregistered => ("sofia::unregister", "Unregistered(UDP)"),
        };
        let domain = &self.settings.domain;
        let mut event = self
            .event("CUSTOM")
            .with("profile-name", "internal")
            .with("from-user", &extension.number)
            .with("from-host", domain)
            .with("contact", format!("\"\" <sip:{}@{domain}:{}>", extension.number, extension.port()))
            .with("status", status)
            .with("expires", "60");
        event.headers.insert(0, ("Event-Subclass".to_owned(), subclass.to_owned()));
        self.emit(event);
    }

    // Connections.

    pub(super) fn connect(
        &self,
        call: Option<String>,
        listener: &Arc<Listener>,
    ) -> (usize, mpsc::UnboundedReceiver<Strike>) {
        let (strikes, struck) = mpsc::unbounded_channel();
        let mut world = self.world();
        let number = world.connections_ever;
        world.connections_ever += 1;
        world.connections.push(Known { number, call, listener: Arc::clone(listener), strikes });
        (number, struck)
    }

    pub(super) fn disconnect(&self, number: usize) {
        self.world().connections.retain(|known| known.number != number);
    }

    /// Connections that are up: those of a call, or (`None`) the inbound ones.
    pub(super) fn connection_numbers(&self, call: Option<&str>) -> Vec<usize> {
        let world = self.world();
        let wanted = world.connections.iter().filter(|known| known.call.as_deref() == call);
        wanted.map(|known| known.number).collect()
    }

    /// Strikes the connections of a call, or (`None`) the inbound ones. Returns how many there are.
    pub(super) fn strike(&self, call: Option<&str>, strike: &Strike) -> usize {
        let world = self.world();
        let wanted = world.connections.iter().filter(|known| known.call.as_deref() == call);
        // A connection that just ended can't be struck any more.
        wanted.map(|known| known.strikes.send(strike.clone())).filter(Result::is_ok).count()
    }

    pub(super) fn log(&self, connection: usize, call: Option<String>, command: &Command) {
        let sent = Sent { at: now(), connection, call, command: command.clone() };
        self.world().sent.push(sent);
    }

    pub(super) fn sent(&self) -> Vec<Sent> {
        self.world().sent.clone()
    }
}
