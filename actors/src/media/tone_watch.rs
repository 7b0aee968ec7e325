//! A listener at a leg that waits for the end of a mailbox's tone, or finds out who has answered, and does nothing else.

use std::time::Duration;

use cordboard_schema::audio::{Frame, g711};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::answer_listener::{AnswerListener, AnswerReport};
use super::beep::BeepDetector;
use super::port::Ear;

/// After this long without audio a line has fallen silent, in ms: a switch may stop sending instead of sending
/// silence. It is longer than the jitter of most networks, and short compared with the silence that means a person.
const LINE_SILENT_MS: u32 = 100;

/// A listener at work until this is dropped.
#[derive(Debug)]
#[must_use = "nobody listens once this is dropped"]
pub struct ToneWatch(JoinHandle<()>);

impl ToneWatch {
    /// Listens at this ear, on the current arbiter, and reports once that a tone has ended.
    ///
    /// # Panics
    /// Outside an arbiter or a `LocalSet`.
    pub fn start(ear: Ear, over: impl FnOnce() + 'static) -> Self {
        Self(tokio::task::spawn_local(async move {
            let mut beeps = BeepDetector::new(ear.rate());
            loop {
                let samples = samples_of(ear.next_frame().await.frame);
                if beeps.push(&samples) {
                    return over();
                }
            }
        }))
    }

    /// Listens at this ear, on the current arbiter. Reports once who has answered, and each time that a tone has ended.
    ///
    /// # Panics
    /// Outside an arbiter or a `LocalSet`.
    pub fn detecting(ear: Ear, report: impl Fn(AnswerReport) + 'static) -> Self {
        Self(tokio::task::spawn_local(async move {
            let mut listener = AnswerListener::new(ear.rate());
            let patience = Duration::from_millis(LINE_SILENT_MS.into());
            loop {
                let samples = match timeout(patience, ear.next_frame()).await {
                    Ok(heard) => samples_of(heard.frame),
                    Err(_) => vec![0; ear.rate().samples_in_ms(LINE_SILENT_MS)],
                };
                listener.push(&samples).into_iter().for_each(&report);
            }
        }))
    }
}

/// The samples of a frame; none if there is no frame.
fn samples_of(frame: Option<Frame>) -> Vec<i16> {
    match frame {
        Some(Frame::Pcm { samples, .. }) => samples.to_vec(),
        Some(Frame::G711 { law, bytes }) => g711::decode_all(law, &bytes),
        None => Vec::new(),
    }
}

impl Drop for ToneWatch {
    fn drop(&mut self) {
        self.0.abort();
    }
}
