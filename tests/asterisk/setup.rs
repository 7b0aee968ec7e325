//! The setup that the cases share: one Asterisk, and the Cordboards that it connects to.
//!
//! The first case opens it, the last one closes it: a static would never be dropped, and its processes would outlive the tests.

use std::ops::Deref;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use cordboard_test_support::ami::Ami;
use cordboard_test_support::asterisk::{Asterisk, AsteriskSetup};
use cordboard_test_support::book::{Book, LIMIT};
use cordboard_test_support::server::{DIALPLAN_TOKEN, Server};
use cordboard_test_support::sip::{Codec, SipCall};

/// Settings of every Cordboard here: the target of key 0. No caller is silent long enough to be asked about it.
const SETTINGS: [(&str, &str); 3] =
    [("extensions.operator", "people,operator,1"), ("calls.silence_prompt_s", "300"), ("log.level", "debug")];

/// The Asterisk of all cases that run at the moment.
static HOUSE: Mutex<Weak<Setup>> = Mutex::new(Weak::new());
/// The Cordboard of the cases that neither kill nor configure it.
static SHARED: Mutex<Weak<Cordboard>> = Mutex::new(Weak::new());

/// One Asterisk with its control connection.
pub(crate) struct Setup {
    pub(crate) ami: Ami,
    pub(crate) asterisk: Asterisk,
    cordboards: AtomicUsize,
}

impl Setup {
    /// The running one, or a new one.
    fn enter() -> Arc<Self> {
        shared(&HOUSE, || {
            // Each Cordboard's address is given to Asterisk when it starts.
            let nowhere = ([127, 0, 0, 1], 9).into();
            let mut setup = AsteriskSetup::new(nowhere, nowhere, DIALPLAN_TOKEN);
            setup.extra_dialplan = include_str!("switchboard.conf").to_owned();
            let asterisk = Asterisk::start(&setup).unwrap();
            Self { ami: asterisk.ami().unwrap(), asterisk, cordboards: AtomicUsize::new(0) }
        })
    }

    /// Shows Asterisk's log, after a case that failed.
    fn tell(&self) {
        eprintln!("---- asterisk's log ----\n{}", self.asterisk.log());
    }
}

/// A Cordboard, and the number by which Asterisk knows it.
pub(crate) struct Cordboard {
    pub(crate) server: Server,
    pub(crate) setup: Arc<Setup>,
    number: usize,
}

impl Cordboard {
    /// One for a single case, with more settings.
    pub(crate) fn start(settings: &[(&str, &str)]) -> Self {
        Self::start_with_window(settings, Duration::from_secs(30))
    }

    /// Like [`Cordboard::start`]; the dialplan waits for `resume_window` when the server is away.
    pub(crate) fn start_with_window(settings: &[(&str, &str)], resume_window: Duration) -> Self {
        let setup = Setup::enter();
        let settings: Vec<(&str, &str)> = SETTINGS.iter().chain(settings).copied().collect();
        let server = Server::start(Path::new(env!("CARGO_BIN_EXE_cordboard")), &settings).unwrap();
        let number = setup.cordboards.fetch_add(1, Ordering::Relaxed);
        let addresses = server.addresses();
        for (name, value) in [
            ("AUDIOSOCKET", addresses.audiosocket.to_string()),
            ("API", format!("http://{}", addresses.http)),
            ("RESUME_WINDOW", resume_window.as_secs().to_string()),
        ] {
            let variable = format!("CORDBOARD_{number:02}_{name}");
            setup.ami.action("Setvar", &[("Variable", &variable), ("Value", &value)]).unwrap();
        }
        Self { server, setup, number }
    }

    /// The dial string for `extension`, connected to this Cordboard.
    pub(crate) fn way_to(&self, extension: &str) -> String {
        format!("9{:02}{extension}", self.number)
    }

    /// A SIP caller with the number `from`, who was answered.
    pub(crate) fn dial(&self, extension: &str, from: &str) -> SipCall {
        self.dial_in(extension, from, Codec::Pcmu)
    }

    /// Like [`Cordboard::dial`], with a codec.
    pub(crate) fn dial_in(&self, extension: &str, from: &str, codec: Codec) -> SipCall {
        SipCall::dial(self.setup.asterisk.sip(), &self.way_to(extension), from, codec, LIMIT).unwrap()
    }
}

impl Book for Cordboard {
    fn server(&self) -> &Server {
        &self.server
    }
}

impl Drop for Cordboard {
    fn drop(&mut self) {
        if thread::panicking() {
            self.setup.tell();
        }
    }
}

/// A case's reference to the shared Cordboard. A case that fails shows the log, even if others still use it.
pub(crate) struct Shared(Arc<Cordboard>);

impl Shared {
    /// The running Cordboard, or a new one. It has no other settings than [`SETTINGS`].
    pub(crate) fn enter() -> Self {
        Self(shared(&SHARED, || Cordboard::start(&[])))
    }
}

impl Deref for Shared {
    type Target = Cordboard;

    fn deref(&self) -> &Cordboard {
        &self.0
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if thread::panicking() && Arc::strong_count(&self.0) > 1 {
            eprintln!("---- cordboard's log ----\n{}", self.server.log());
            self.setup.tell();
        }
    }
}

/// The value in `slot` as long as it is in use; made if it is not.
fn shared<T>(slot: &Mutex<Weak<T>>, make: impl FnOnce() -> T) -> Arc<T> {
    let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
    slot.upgrade().unwrap_or_else(|| {
        let made = Arc::new(make());
        *slot = Arc::downgrade(&made);
        made
    })
}
