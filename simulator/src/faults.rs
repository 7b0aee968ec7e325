//! Faults of a server that was built with fault injection: actors panic, the database is away, the disk is full, the mail server is slow.

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

/// Extra time of each read and each transaction of a slow database, in ms.
#[cfg(feature = "fault-injection")]
const SLOWER_MS: u64 = 500;
/// Time for which the writer of recordings waits for a slow disk before each turn, in ms.
#[cfg(feature = "fault-injection")]
const DISK_TURN_MS: u64 = 1_000;

/// Extra time of a session with a slow mail server: less than any client's timeout.
#[cfg(feature = "fault-injection")]
const MAIL_SLOWER: Duration = Duration::from_secs(15);

/// Orders a panic at a place of this thread, after the place was passed `after` times.
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

/// Sets the trouble of this thread's database from now on; none ends it.
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

/// Sets the trouble of this thread's disk from now on; none ends it.
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

/// Sets whether sessions of this thread with its mail server take long from now on.
pub(crate) fn set_mail_slow(is_slow: bool) {
    #[cfg(feature = "fault-injection")]
    mail::set_slow(is_slow.then_some(MAIL_SLOWER));
    #[cfg(not(feature = "fault-injection"))]
    let _ = is_slow;
}

/// Cancels the panics that were ordered on this thread and have not happened.
pub(crate) fn disarm() {
    set_database(None);
    set_disk(None);
    set_mail_slow(false);
    #[cfg(feature = "fault-injection")]
    fault::disarm();
}
