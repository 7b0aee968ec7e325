//! The demo's call: announced and held as a switch does it, and shown while it runs.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::event::{Decision, Event, Fact, JournalEntry};
use cordboard_schema::ids::{CallId, OutsideId};
use cordboard_schema::time::UnixMs;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::timeout;
use uuid::Uuid;

use super::announce::announce;
use super::checks::Sounds;
use super::script;
use crate::boot::Running;
use crate::command::caller::{CallEnd, CallSummary, Progress, SimulatedCaller};
use crate::command::reachable;
use crate::command::terminal::{paint, print};
use crate::command::timeline::Timeline;
use crate::config::ProviderName;
use crate::error::CommandError;

/// How long the call's last entries may take after the line is closed.
const LAST_ENTRIES_WAIT: Duration = Duration::from_secs(5);

/// A call that ran to its end, or until Ctrl-C.
pub(super) struct Held {
    /// Its id, if the journal has named it.
    pub(super) call_id: Option<CallId>,
    pub(super) summary: CallSummary,
    /// When the caller's own recording began.
    pub(super) tape_began_at: UnixMs,
}

/// Makes the call and shows its timeline. `stop` ends it early. The caller records it to `tape`.
pub(super) async fn hold(
    running: &Running,
    sounds: &Sounds,
    provider: ProviderName,
    tape: &Path,
    stop: impl Future<Output = ()>,
) -> Result<Held, CommandError> {
    let uuid = Uuid::new_v4();
    let watching = actix_rt::spawn(show(running.store.tap(), OutsideId::audiosocket(uuid)));
    let http = reachable(running.addresses.http);
    let failed = |error: &dyn std::error::Error| CommandError::Failed(error.to_string());
    announce(http, &running.tokens.dialplan.secret, uuid).await.map_err(|error| failed(&error))?;

    let mut tape_began_at = now();
    let script = script::steps(&sounds.lines, provider);
    let caller = SimulatedCaller { uuid, script, record: Some(tape.to_owned()) };
    let to = reachable(running.addresses.audiosocket).to_string();
    let note = |_, progress| {
        if progress == Progress::Connected {
            tape_began_at = now();
        }
    };
    let summary = caller.call(&to, stop, note).await.map_err(|error| failed(&error))?;
    // After Ctrl-C other code waits for the server's end.
    let wait = if summary.end == CallEnd::Stopped { Duration::ZERO } else { LAST_ENTRIES_WAIT };
    let call_id = match timeout(wait, watching).await {
        Ok(Ok(call_id)) => call_id,
        Ok(Err(_)) | Err(_) => None,
    };
    Ok(Held { call_id, summary, tape_began_at })
}

fn now() -> UnixMs {
    chrono::Utc::now().into()
}

/// Shows the entries of one call as they are journalled, up to the last one.
async fn show(mut tap: Receiver<Arc<JournalEntry>>, outside_id: OutsideId) -> Option<CallId> {
    let mut timeline = Timeline::new(paint());
    let mut shown = None;
    let mut left = Left::default();
    loop {
        let entry = match tap.recv().await {
            Ok(entry) => entry,
            Err(RecvError::Lagged(missed)) => {
                let _ = print(format_args!("({missed} entries arrived too fast to be shown)\n"));
                continue;
            }
            Err(RecvError::Closed) => break,
        };
        if is_start_of(&entry, &outside_id) {
            shown = Some(entry.call_id);
        }
        if shown != Some(entry.call_id) {
            continue;
        }
        // The call must end properly even if the terminal is closed.
        let _ = print(timeline.lines(&entry));
        if left.is_last(&entry.event) {
            break;
        }
    }
    let _ = print(format_args!("\n{}\n", timeline.figures()));
    shown
}

fn is_start_of(entry: &JournalEntry, outside_id: &OutsideId) -> bool {
    matches!(&entry.event, Event::Fact(Fact::CallStarted { outside_ids, .. }) if outside_ids.contains(outside_id))
}

/// Entries that the call's journal does not have yet: its end, and the end of its recording, in any order.
#[derive(Debug, Default)]
struct Left {
    ended: bool,
    recording: bool,
}

impl Left {
    /// Notes an entry, and returns whether it is the last one that the demo waits for.
    fn is_last(&mut self, event: &Event) -> bool {
        match event {
            Event::Fact(Fact::RecordingStarted { .. }) => self.recording = true,
            Event::Fact(Fact::RecordingFinished { .. } | Fact::RecordingFailed { .. }) => {
                self.recording = false
            }
            Event::Decision(Decision::Ended { .. }) => self.ended = true,
            _ => {}
        }
        self.ended && !self.recording
    }
}
