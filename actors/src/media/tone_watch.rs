//! A listener at a leg that waits for the end of a mailbox's tone, or finds out who has answered, and does nothing else.

use std::time::Duration;

use cordboard_schema::audio::{Frame, g711};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::answer_listener::{AnswerListener, AnswerReport};
use super::beep::BeepDetector;
use super::port::Ear;

/// After this long without audio a line has fallen silent, in ms: a switch may stop sending instead of sending
/// silence, also after a mailbox's tone. It is longer than the jitter of most networks, and short compared with the
/// silence that means a person.
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
                if beeps.push(&next_samples(&ear).await) {
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
            loop {
                listener.push(&next_samples(&ear).await).into_iter().for_each(&report);
            }
        }))
    }
}

/// Waits for the next samples at this ear. A line that has fallen silent is as one that sends silence.
async fn next_samples(ear: &Ear) -> Vec<i16> {
    match timeout(Duration::from_millis(LINE_SILENT_MS.into()), ear.next_frame()).await {
        Ok(heard) => samples_of(heard.frame),
        Err(_) => vec![0; ear.rate().samples_in_ms(LINE_SILENT_MS)],
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

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use cordboard_schema::audio::SampleRate;
    use cordboard_schema::ids::LegId;
    use tokio::sync::oneshot;
    use tokio::task::LocalSet;
    use tokio::time::sleep;

    use super::super::port::{Pace, Port, plug};
    use super::*;

    const RATE: SampleRate = SampleRate::HZ_8000;
    const FRAME: Duration = Duration::from_millis(20);

    #[tokio::test(start_paused = true)]
    async fn a_tone_is_over_once_the_switch_sends_nothing() {
        let tone_and_nothing = async {
            let [mailbox, watch] = [1, 2].map(|leg| Port::new(LegId(leg), RATE, Pace::Flowing));
            plug(&mailbox.mouth, &watch.ear);
            let (over, heard) = oneshot::channel();
            let _watch = ToneWatch::start(watch.ear.clone(), move || {
                let _ = over.send(());
            });
            let wave = |at: usize| ((TAU * 1_000.0 * at as f64 / 8_000.0).sin() * 8_000.0) as i16;
            let tone: Vec<i16> = (0..RATE.samples_in_ms(500)).map(wave).collect();
            for frame in tone.chunks(RATE.samples_per_frame()) {
                mailbox.mouth.speak(None, Frame::pcm(RATE, frame));
                sleep(FRAME).await;
            }
            timeout(Duration::from_secs(1), heard).await
        };
        assert_eq!(LocalSet::new().run_until(tone_and_nothing).await, Ok(Ok(())));
    }
}
