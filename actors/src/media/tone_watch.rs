//! Somebody who listens to a leg until a mailbox's tone is over, and does nothing else.

use cordboard_schema::audio::{Frame, g711};
use tokio::task::JoinHandle;

use super::beep::BeepDetector;
use super::port::Ear;

/// A listener at work until this is dropped.
#[derive(Debug)]
#[must_use = "nobody listens once this is dropped"]
pub struct ToneWatch(JoinHandle<()>);

impl ToneWatch {
    /// Listens at this ear, on the current arbiter, and says once that a tone is over.
    ///
    /// # Panics
    /// Outside an arbiter or a `LocalSet`.
    pub fn start(ear: Ear, over: impl FnOnce() + 'static) -> Self {
        Self(tokio::task::spawn_local(async move {
            let mut beeps = BeepDetector::new(ear.rate());
            loop {
                let is_over = match ear.next_frame().await.frame {
                    Some(Frame::Pcm { samples, .. }) => beeps.push(&samples),
                    Some(Frame::G711 { law, bytes }) => beeps.push(&g711::decode_all(law, &bytes)),
                    None => false,
                };
                if is_over {
                    return over();
                }
            }
        }))
    }
}

impl Drop for ToneWatch {
    fn drop(&mut self) {
        self.0.abort();
    }
}
