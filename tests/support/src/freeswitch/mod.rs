//! A stand-in for FreeSWITCH, written from FreeSWITCH's documents and captures alone (`tests/captures/freeswitch`).
//!
//! It implements both directions of the event socket, opens the audio stream of the community's module and the core's unicast, and has phones
//! and people. It takes as long as the real switch, unless the test sets [`Pace::Fast`]. It records how a program breaks the rules of a real
//! switch ([`Rule`]): [`FreeSwitch::violations`], [`FreeSwitch::crashed`].
//!
//! There is one implementation, which waits by tokio's clock. A test that blocks has it on a thread of its own ([`FreeSwitch::start`]), one in
//! virtual time as tasks next to the server ([`FreeSwitch::start_here`]).
//!
//! ```text
//! switch/        connections, live channels                  caller.rs, telephone.rs  people and their phones
//! channel/       one leg: state, headers, waiting, end       extension.rs, calling.rs who is called, and how
//! dialplan.rs    what a number runs      apps/  applications audio_stream/, unicast.rs the sound
//! esl/           the event socket        api/   its commands faults.rs, referee.rs    faults, and broken rules
//! call.rs        a leg as a test sees it                     replay.rs               a capture, byte for byte
//! outliving.rs   a switch that goes on in another runtime    originated.rs           calls that it was asked to make
//! ```

mod api;
mod apps;
mod audio_stream;
mod calendar;
mod call;
mod caller;
mod calling;
mod channel;
mod dialplan;
mod esl;
mod extension;
mod faults;
mod leg;
mod originated;
mod outliving;
mod referee;
pub mod replay;
mod settings;
mod switch;
mod telephone;
mod unicast;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use uuid::Uuid;

pub use self::call::{Call, Script};
pub use self::caller::{Heard, HeardFrame, Source};
use self::channel::{Channel, Direction, Profile, variables_of_caller};
pub use self::dialplan::Action;
use self::dialplan::Route;
pub use self::esl::command::Command;
pub use self::extension::{Extension, Phone, Registration};
pub use self::faults::{AudioModule, Beat, Door, Farewell, Faults, Strike};
pub use self::leg::Leg;
pub use self::originated::Originated;
pub use self::outliving::Outliving;
pub use self::referee::{Rule, Violation};
pub use self::settings::{Pace, Settings};
pub use self::switch::Sent;
use self::switch::Switch;
pub use self::telephone::KeySource;
use crate::clock::Calendar;
use crate::priority;
use crate::waiting::{TimedOut, wait_until};

/// A running switch. It ends on drop.
#[derive(Debug)]
pub struct FreeSwitch {
    switch: Arc<Switch>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl FreeSwitch {
    /// Starts a switch.
    ///
    /// # Errors
    /// Its port is taken, or there is no thread.
    pub fn start(settings: Settings) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (mut switch, listener, stopped) =
            Self::bind(settings, runtime.handle().clone(), Calendar::system(), (Duration::ZERO, Vec::new()))?;
        let run = run(Arc::clone(&switch.switch), switch.address, listener, stopped);
        let thread = thread::Builder::new().name("freeswitch-stand-in".to_owned()).spawn(move || {
            priority::raise();
            runtime.block_on(run);
        })?;
        switch.thread = Some(thread);
        Ok(switch)
    }

    /// Starts a switch as tasks of the current runtime, whose clock may be paused; `calendar` returns the time since 1970. The methods `wait_...`
    /// block, so they can't be used here.
    ///
    /// # Errors
    /// Its port is taken.
    ///
    /// # Panics
    /// Outside a runtime.
    pub fn start_here(
        settings: Settings,
        calendar: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> io::Result<Self> {
        Self::start_over(settings, calendar, (Duration::ZERO, Vec::new()))
    }

    /// The same, for a switch that has run for this long elsewhere, and was asked to make these calls there.
    fn start_over(
        settings: Settings,
        calendar: impl Fn() -> Duration + Send + Sync + 'static,
        before: (Duration, Vec<Originated>),
    ) -> io::Result<Self> {
        let (switch, listener, stopped) =
            Self::bind(settings, Handle::current(), Calendar::new(calendar), before)?;
        tokio::spawn(run(Arc::clone(&switch.switch), switch.address, listener, stopped));
        Ok(switch)
    }

    /// Returns what remains of the switch, to go on in another runtime: its own is about to end, like the connections of a killed program.
    #[must_use]
    pub fn outlives(&self) -> Outliving {
        Outliving::of(&self.switch, self.address)
    }

    fn bind(
        settings: Settings,
        runtime: Handle,
        calendar: Calendar,
        before: (Duration, Vec<Originated>),
    ) -> io::Result<(Self, std::net::TcpListener, oneshot::Receiver<()>)> {
        let listener = std::net::TcpListener::bind(settings.esl)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let switch = Switch::new(settings, runtime, calendar, before);
        let (stop, stopped) = oneshot::channel();
        Ok((Self { switch, address, stop: Some(stop), thread: None }, listener, stopped))
    }

    /// The address to which ESL clients connect.
    #[must_use]
    pub fn esl_address(&self) -> SocketAddr {
        self.address
    }

    /// The ESL password.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.switch.settings.password
    }

    /// Makes a call. It rings at once, and the dialplan begins.
    pub fn call(&self, script: Script) -> Call {
        let uuid = script.uuid.unwrap_or_else(|| Uuid::new_v4().to_string());
        let domain = &self.switch.settings.domain;
        let (number, name) = (&script.from.0, &script.from.1);
        let channel_name = format!("sofia/internal/{number}@{domain}");
        let now_us = self.switch.now_us();
        let profile =
            Profile::new(Direction::Inbound, (number, name), &script.number, channel_name, &uuid, now_us);
        let variables = variables_of_caller(&uuid, &profile, domain, self.switch.next_session());
        let channel = Channel::new(&self.switch, uuid, profile, variables, script.rate);
        for (name, value) in &script.variables {
            channel.set(name, value);
        }
        self.switch.add(&channel);
        let route = script.actions.map_or(Route::Number(script.number), Route::Actions);
        self.switch.spawn(dialplan::run(Arc::clone(&channel), route));
        Call { channel }
    }

    /// A leg by its uuid, active or over.
    #[must_use]
    pub fn leg(&self, uuid: &str) -> Option<Call> {
        self.switch.channel_ever(uuid).map(|channel| Call { channel })
    }

    /// All active legs.
    #[must_use]
    pub fn legs(&self) -> Vec<Call> {
        self.switch.channels().into_iter().map(|channel| Call { channel }).collect()
    }

    /// The active leg that rings, or talks, at an extension.
    #[must_use]
    pub fn leg_at(&self, extension: &str) -> Option<Call> {
        let called = |channel: &Arc<Channel>| {
            let state = channel.state();
            state.profile.direction == Direction::Outbound && state.profile.destination == extension
        };
        self.switch.channels().into_iter().find(called).map(|channel| Call { channel })
    }

    /// The targets of calls since it was started, each as often as it was called.
    #[must_use]
    pub fn dialled(&self) -> Vec<String> {
        self.switch.dialled()
    }

    /// How long it has run, including the time before it went on elsewhere.
    #[must_use]
    pub fn age(&self) -> Duration {
        self.switch.age()
    }

    /// The calls that it was asked to make, in order, including those before it went on elsewhere ([`Self::outlives`]).
    #[must_use]
    pub fn originated(&self) -> Vec<Originated> {
        self.switch.originated()
    }

    /// How many there are.
    #[must_use]
    pub fn originated_count(&self) -> usize {
        self.switch.originated_count()
    }

    /// Adds an extension, or changes it.
    pub fn set_extension(&self, extension: Extension) {
        self.switch.put_extension(extension);
    }

    /// Changes the faults from now on.
    pub fn faults(&self, change: impl FnOnce(&mut Faults)) {
        self.switch.change_faults(change);
    }

    /// Strikes every inbound connection; returns how many there are.
    pub fn strike_inbound(&self, strike: &Strike) -> usize {
        self.switch.strike(None, strike)
    }

    /// How many inbound connections are up.
    #[must_use]
    pub fn inbound_count(&self) -> usize {
        self.switch.connection_numbers(None).len()
    }

    /// Every command that was sent so far.
    #[must_use]
    pub fn sent(&self) -> Vec<Sent> {
        self.switch.sent()
    }

    /// Waits for a command for which `is_it` is true; one that was already sent counts.
    ///
    /// # Errors
    /// There is none within `limit`.
    pub fn wait_sent(
        &self,
        awaited: &str,
        limit: Duration,
        is_it: impl Fn(&Sent) -> bool,
    ) -> Result<Sent, TimedOut> {
        wait_until(awaited, limit, || self.switch.sent().into_iter().find(|sent| is_it(sent)))
    }

    /// SIGTERM: SHUTDOWN is sent, calls end with SYSTEM_SHUTDOWN, connections are closed. Later calls and clients find a switch that was started
    /// again.
    pub fn restart(&self) {
        self.switch.shut_down();
    }

    /// SIGKILL: every connection is dropped, and nothing is sent. Later calls and clients find a switch that was started again.
    pub fn kill(&self) {
        self.switch.die();
    }

    /// Violations of the rules so far.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        self.switch.referee().violations()
    }

    /// Violations that would have killed a real switch, or muted a call for good.
    #[must_use]
    pub fn crashed(&self) -> Vec<Violation> {
        self.violations().into_iter().filter(|violation| violation.rule.is_crash()).collect()
    }

    /// Forgets the violations and returns them, for a test that breaks rules on purpose.
    pub fn take_violations(&self) -> Vec<Violation> {
        self.switch.referee().take()
    }

    /// Ends a test.
    ///
    /// # Panics
    /// A rule was broken.
    pub fn finish(self) {
        let violations = self.violations();
        assert!(violations.is_empty(), "against the rules of the switch: {violations:#?}");
    }
}

/// Accepts clients and sends heartbeats until it is stopped.
async fn run(
    switch: Arc<Switch>,
    address: SocketAddr,
    listener: std::net::TcpListener,
    stopped: oneshot::Receiver<()>,
) {
    // It was bound before, so only a runtime without sockets refuses it.
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    tokio::select! {
        biased;
        _ = stopped => {}
        () = esl::inbound::listen(Arc::clone(&switch), address, listener) => {}
        () = esl::inbound::beat(switch) => {}
    }
}

impl Drop for FreeSwitch {
    fn drop(&mut self) {
        self.switch.die();
        self.switch.forget();
        if let Some(stop) = self.stop.take() {
            // The thread has ended already, or ends now.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            // A panic there was reported where it happened.
            let _ = thread.join();
        }
    }
}
