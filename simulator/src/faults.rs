//! Actors that panic, a database that is away, a disk that is full and a mail server that is slow, where the server was built with faults.

#[cfg(feature = "fault-injection")]
use std::time::Duration;

#[cfg(feature = "fault-injection")]
use cordboard::mail::fault as mail;
#[cfg(feature = "fault-injection")]
use cordboard::store::fault::{self as database, DatabaseFault};
#[cfg(feature = "fault-injection")]
use cordboard_actors::disk_fault::{self as disk, DiskFault};
#[cfg(feature = "fault-injection")]
use cordboard_actors::fault::{self, Fault};

use crate::plan::{DatabaseTrouble, Place};
use crate::services::DiskTrouble;

/// How much longer each read and each transaction of a slow database takes, in ms.
#[cfg(feature = "fault-injection")]
const SLOWER_MS: u64 = 500;
/// Time for which whoever writes recordings waits for a slow disk before each turn, in ms.
#[cfg(feature = "fault-injection")]
const DISK_TURN_MS: u64 = 1_000;

/// How much longer a talk with a slow mail server takes: less than anybody waits for it.
#[cfg(feature = "fault-injection")]
const MAIL_SLOWER: Duration = Duration::from_secs(15);

/// Asks for a panic at a place of this thread, once it was passed so often.
pub(crate) fn arm(place: Place, after: u32) {
    #[cfg(feature = "fault-injection")]
    fault::arm_after(
        match place {
            Place::Step => Fault::PanicInStep,
            Place::StepOfEnd => Fault::PanicInStepOfEnd,
            Place::Call => Fault::PanicInCall,
            Place::ToolDone => Fault::PanicAtToolDone,
            Place::Leg => Fault::PanicInLeg,
            Place::Reading => Fault::PanicInReading,
            Place::Assistant => Fault::PanicInAssistant,
            Place::Registry => Fault::PanicInRegistry,
            Place::Router => Fault::PanicInRouter,
            Place::RouterAtEnd => Fault::PanicInRouterAtEnd,
            Place::Switch => Fault::PanicInSwitch,
            Place::Control => Fault::PanicInControl,
            Place::ControlReading => Fault::PanicInControlReading,
        },
        after,
    );
    #[cfg(not(feature = "fault-injection"))]
    let _ = (place, after);
}

/// Has the database of this thread have trouble from now on, or none any more.
pub(crate) fn set_database(trouble: Option<DatabaseTrouble>) {
    #[cfg(feature = "fault-injection")]
    database::set(trouble.map(|trouble| match trouble {
        DatabaseTrouble::Away => DatabaseFault::Away,
        DatabaseTrouble::AnswerLost => DatabaseFault::AnswerLost,
        DatabaseTrouble::CommitLost => DatabaseFault::CommitLost,
        DatabaseTrouble::Slow => DatabaseFault::Slow { ms: SLOWER_MS },
    }));
    #[cfg(not(feature = "fault-injection"))]
    let _ = trouble;
}

/// Has the disk of this thread have trouble from now on, or none any more.
pub(crate) fn set_disk(trouble: Option<DiskTrouble>) {
    #[cfg(feature = "fault-injection")]
    disk::set(trouble.map(|trouble| match trouble {
        DiskTrouble::Full => DiskFault::Full,
        DiskTrouble::Failing => DiskFault::Failing,
        DiskTrouble::Slow => DiskFault::Slow { ms: DISK_TURN_MS },
    }));
    #[cfg(not(feature = "fault-injection"))]
    let _ = trouble;
}

/// Has each talk of this thread with its mail server take long from now on, or no longer any more.
pub(crate) fn set_mail_slow(is_slow: bool) {
    #[cfg(feature = "fault-injection")]
    mail::set_slow(is_slow.then_some(MAIL_SLOWER));
    #[cfg(not(feature = "fault-injection"))]
    let _ = is_slow;
}

/// Takes back what was asked for on this thread and has not struck.
pub(crate) fn disarm() {
    set_database(None);
    set_disk(None);
    set_mail_slow(false);
    #[cfg(feature = "fault-injection")]
    fault::disarm();
}
