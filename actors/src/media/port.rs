//! Ports: the inlet and outlet of a leg's audio, and the cords between them.
//!
//! A leg has a [`Mouth`] (what it says) and an [`Ear`] (what it hears). A cord leads from a mouth to an ear; in the
//! ear, each cord has its own lane. Everything here is a plain function under a short lock that guards only samples.
//! No lock is held over I/O or an `await`, and a mouth's lock is always taken before an ear's.
//!
//! A cord ends when it is unplugged, or when the last clone of either end is dropped.

use std::fmt;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use cordboard_schema::audio::frame::FRAME_MS;
use cordboard_schema::audio::{Frame, Law, SampleRate, g711, level};
use cordboard_schema::ids::{CordId, ItemId, LegId};
use tokio::time::{Instant, sleep_until};

use super::lane::{EarCounters, Format, ItemGiven, ItemPlayed, Lane, Waiting};
use super::mixer::Mixer;

const FRAME: Duration = Duration::from_millis(FRAME_MS as u64);

/// A leg's connection to the media plane. Clones refer to the same port.
#[derive(Clone, Debug)]
pub struct Port {
    /// Sound from the leg.
    pub mouth: Mouth,
    /// Sound for the leg.
    pub ear: Ear,
}

/// The pace at which an ear gives its audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// One frame per tick of the leg's clock, by [`Ear::tick`]: a telephone, a browser.
    Paced,
    /// As [`Self::Paced`], but sound is heard later than it is given, because a switch plays it from files. The leg
    /// itself reports to the call how much was heard.
    Buffered,
    /// As it arrives, by [`Ear::next_frame`]: an assistant.
    Flowing,
}

impl Port {
    /// Creates a port for the leg. `rate` is the rate of the samples that its ear gives.
    pub fn new(leg: LegId, rate: SampleRate, pace: Pace) -> Self {
        Self::with_format(leg, Format { rate, law: None }, pace)
    }

    /// Creates a port at 8 kHz for a leg that speaks this law of G.711. Octets of that law pass its ear unchanged if
    /// nothing has to be mixed with them.
    pub fn g711(leg: LegId, law: Law, pace: Pace) -> Self {
        Self::with_format(leg, Format { rate: SampleRate::HZ_8000, law: Some(law) }, pace)
    }

    fn with_format(leg: LegId, format: Format, pace: Pace) -> Self {
        let ear = EarState { leg, format, pace, lanes: Mutex::default() };
        let mouth = MouthState { leg, ears: Mutex::default(), ends_loud: AtomicBool::default() };
        Self { mouth: Mouth(Arc::new(mouth)), ear: Ear(Arc::new(ear)) }
    }
}

/// The end of a port that speaks.
#[derive(Clone)]
pub struct Mouth(Arc<MouthState>);

struct MouthState {
    leg: LegId,
    ears: Mutex<Vec<Weak<EarState>>>,
    /// Whether the last sample was loud: an ear that joins now would begin with a click.
    ends_loud: AtomicBool,
}

impl Mouth {
    /// The leg that speaks here.
    pub fn leg(&self) -> LegId {
        self.0.leg
    }

    /// Gives a frame of any length, rate and law to every ear that is plugged in. Never waits for a listener.
    ///
    /// Items are numbered in the order in which they are spoken. Once an item was ended or cleared, no more audio of
    /// it or of earlier items is taken. Audio of an item waits in the ears' lanes, up to
    /// [`LANE_MS_MAX`](cordboard_schema::limits::LANE_MS_MAX). Audio without an item is live: the oldest of it is
    /// dropped if it waits for more than [`LIVE_LANE_MS_MAX`](cordboard_schema::limits::LIVE_LANE_MS_MAX).
    pub fn speak(&self, item: Option<ItemId>, frame: Frame) {
        self.0.ends_loud.store(!level::is_quiet(last_sample(&frame)), Ordering::Relaxed);
        self.for_each_ear(|ear| ear.receive(self.0.leg, |lane, counters| lane.push(item, &frame, counters)));
    }

    /// Notes that live audio comes in pieces of this length, in ms, which is longer than usual: ears keep one in addition.
    pub fn comes_in_pieces_of(&self, ms: u64) {
        self.for_each_ear(|ear| ear.receive(self.0.leg, |lane, _| lane.keep_live(ms)));
    }

    /// Marks the end of an item: no more audio of it follows. Each ear reports the item once its last sample was handed on.
    pub fn end_item(&self, item: ItemId) {
        self.for_each_ear(|ear| ear.receive(self.0.leg, |lane, counters| lane.end_item(item, counters)));
    }

    /// Number of ears that hear this mouth.
    pub fn listeners(&self) -> usize {
        locked(&self.0.ears).iter().filter(|ear| ear.strong_count() > 0).count()
    }

    fn for_each_ear(&self, tell: impl Fn(&EarState)) {
        locked(&self.0.ears).retain(|ear| ear.upgrade().inspect(|ear| tell(ear)).is_some());
    }
}

impl Drop for MouthState {
    fn drop(&mut self) {
        for ear in locked(&self.ears).drain(..).filter_map(|ear| ear.upgrade()) {
            ear.speaker_left(self.leg);
        }
    }
}

impl fmt::Debug for Mouth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mouth").field("leg", &self.0.leg).field("listeners", &self.listeners()).finish()
    }
}

/// The output of a paced ear at one tick.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tick {
    /// 20 ms at the ear's rate; `None` is silence.
    pub frame: Option<Frame>,
    /// The item that the frame belongs to, if it contains one.
    pub given: Option<ItemGiven>,
    /// The highest rate at which a part of the frame was spoken; none in silence.
    pub spoken_at: Option<SampleRate>,
    /// Items that left the ear since the last tick.
    pub played: Vec<ItemPlayed>,
}

/// The next output of a flowing ear: at least one of `frame` and `played`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EarOutput {
    /// Audio at the ear's rate, of any length.
    pub frame: Option<Frame>,
    /// Items that left the ear since the last output.
    pub played: Vec<ItemPlayed>,
    /// How long the audio waited here, if it is a live voice that was passed unmixed.
    pub waited: Option<Duration>,
}

/// The end of a port that hears.
#[derive(Clone)]
pub struct Ear(Arc<EarState>);

struct EarState {
    leg: LegId,
    format: Format,
    pace: Pace,
    lanes: Mutex<Lanes>,
}

#[derive(Default)]
struct Lanes {
    lanes: Vec<Lane>,
    mixer: Mixer,
    /// Items that ended because their speaker left, not reported yet.
    played: Vec<ItemPlayed>,
    counters: EarCounters,
    /// When a flowing ear mixes next; `None` while all its lanes are silent.
    next_mix: Option<Instant>,
    /// The task that waits at a flowing ear. It is set under the same lock under which nothing was found, so no wake-up is lost.
    waiting: Option<Waker>,
}

impl Ear {
    /// The leg that hears here.
    pub fn leg(&self) -> LegId {
        self.0.leg
    }

    /// Rate of the samples that this ear gives.
    pub fn rate(&self) -> SampleRate {
        self.0.format.rate
    }

    /// Pace at which this ear gives its audio.
    pub fn pace(&self) -> Pace {
        self.0.pace
    }

    /// One tick of a paced ear: 20 ms of all lanes, summed. The frame of a lone speaker is passed as it came in if it
    /// is 20 ms long.
    pub fn tick(&self) -> Tick {
        let mut lanes = locked(&self.0.lanes);
        let mut played = std::mem::take(&mut lanes.played);
        let Mixed { frame, given, spoken_at } = lanes.mix(&mut played);
        Tick { frame, given, spoken_at, played }
    }

    /// Waits for the next output of a flowing ear: the frames of a lone cord as they come in, those of two or more
    /// cords mixed every 20 ms. Cancel safe: nothing is taken before it is returned. Only one task may wait at an
    /// ear.
    pub async fn next_frame(&self) -> EarOutput {
        loop {
            match poll_fn(|task| self.0.poll_flow(task)).await {
                Flow::Heard(heard) => return heard,
                Flow::MixAt(at) => sleep_until(at).await,
            }
        }
    }

    /// Empties a cord's lane at once. Returns every item that had begun in it, with the ms handed to the connection;
    /// later sound of those items is not taken. Returns nothing if the cord is not plugged.
    pub fn clear(&self, cord: CordId) -> Vec<ItemPlayed> {
        if cord.to != self.0.leg {
            return Vec::new();
        }
        locked(&self.0.lanes).lane(cord.from).map(Lane::clear).unwrap_or_default()
    }

    /// Milliseconds of audio that wait in a cord's lane.
    pub fn queued_ms(&self, cord: CordId) -> u64 {
        if cord.to != self.0.leg {
            return 0;
        }
        locked(&self.0.lanes).lane(cord.from).map_or(0, |lane| lane.queued_ms())
    }

    /// Returns what waits here of this speaker's items.
    fn waiting_of(&self, from: LegId) -> Vec<Waiting> {
        locked(&self.0.lanes).lane(from).map(|lane| lane.waiting()).unwrap_or_default()
    }

    /// Whether a cord leads to this ear.
    pub fn is_plugged(&self) -> bool {
        !locked(&self.0.lanes).lanes.is_empty()
    }

    /// Whether more than one cord leads to this ear: a live voice may be heard together with an item.
    pub(crate) fn hears_several(&self) -> bool {
        locked(&self.0.lanes).lanes.len() > 1
    }

    /// Losses of this ear since it began.
    pub fn counters(&self) -> EarCounters {
        locked(&self.0.lanes).counters
    }
}

impl fmt::Debug for Ear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let EarState { leg, format, pace, .. } = &*self.0;
        f.debug_struct("Ear").field("leg", leg).field("format", format).field("pace", pace).finish()
    }
}

impl EarState {
    fn receive(&self, from: LegId, tell: impl FnOnce(&mut Lane, &mut EarCounters)) {
        let mut lanes = locked(&self.lanes);
        let Lanes { lanes, counters, waiting, .. } = &mut *lanes;
        if let Some(lane) = lanes.iter_mut().find(|lane| lane.from == from) {
            tell(lane, counters);
            wake(waiting);
        }
    }

    fn speaker_left(&self, leg: LegId) {
        let mut lanes = locked(&self.lanes);
        let cleared = lanes.remove(leg);
        lanes.played.extend(cleared);
        wake(&mut lanes.waiting);
    }

    fn poll_flow(&self, task: &mut Context<'_>) -> Poll<Flow> {
        let mut lanes = locked(&self.lanes);
        if let Some(flow) = lanes.flow() {
            return Poll::Ready(flow);
        }
        if !lanes.waiting.as_ref().is_some_and(|waiting| waiting.will_wake(task.waker())) {
            lanes.waiting = Some(task.waker().clone());
        }
        Poll::Pending
    }
}

fn wake(waiting: &mut Option<Waker>) {
    if let Some(task) = waiting.take() {
        task.wake();
    }
}

/// 20 ms of all lanes.
struct Mixed {
    frame: Option<Frame>,
    given: Option<ItemGiven>,
    spoken_at: Option<SampleRate>,
}

/// The next action of a flowing ear.
enum Flow {
    Heard(EarOutput),
    MixAt(Instant),
}

impl Lanes {
    fn lane(&mut self, from: LegId) -> Option<&mut Lane> {
        self.lanes.iter_mut().find(|lane| lane.from == from)
    }

    /// Most ears have one lane, and a list that grows by itself allocates room for four at its first element.
    fn begin(&mut self, from: LegId, format: Format, fades_in: bool) {
        if self.lanes.is_empty() {
            self.lanes.reserve_exact(1);
        }
        self.lanes.push(Lane::new(from, format, fades_in));
    }

    /// Lets a lane hear what waits in another ear.
    fn take_in(&mut self, from: LegId, waiting: Vec<Waiting>) {
        let Self { lanes, counters, waiting: task, .. } = self;
        if let Some(lane) = lanes.iter_mut().find(|lane| lane.from == from) {
            lane.take_in(waiting, counters);
            wake(task);
        }
    }

    fn remove(&mut self, from: LegId) -> Vec<ItemPlayed> {
        match self.lanes.iter().position(|lane| lane.from == from) {
            Some(at) => self.lanes.swap_remove(at).clear(),
            None => Vec::new(),
        }
    }

    /// Mixes 20 ms of all lanes that have something to say.
    fn mix(&mut self, played: &mut Vec<ItemPlayed>) -> Mixed {
        let mut lone = None;
        let mut item = None;
        let mut spoken_at: Option<SampleRate> = None;
        let mut voices = 0;
        let mut rate = SampleRate::HZ_8000;
        for lane in &mut self.lanes {
            let Some((frame, given)) = lane.take_frame(played, &mut self.counters) else {
                continue;
            };
            // Items belong to the assistant; whatever else is in the frame is over or under its speech.
            item = item.or(given);
            spoken_at = spoken_at.max(Some(lane.spoken_at()));
            voices += 1;
            rate = frame.rate();
            match lone.take() {
                None if voices == 1 => lone = Some(frame),
                first => {
                    first.iter().for_each(|first| self.mixer.add_frame(first));
                    self.mixer.add_frame(&frame);
                }
            }
        }
        let frame = match voices {
            0 | 1 => lone,
            _ => Some(Frame::pcm(rate, self.mixer.finish())),
        };
        Mixed { frame, given: item, spoken_at }
    }

    /// The next action of a flowing ear; none while there is nothing to hear.
    fn flow(&mut self) -> Option<Flow> {
        let mut played = std::mem::take(&mut self.played);
        let mut mix_at = None;
        let mut waited = None;
        let frame = match &mut self.lanes[..] {
            [lone] => {
                self.next_mix = None;
                lone.take_piece(&mut played).map(|(frame, since)| {
                    waited = since.map(|since| since.elapsed());
                    frame
                })
            }
            lanes if lanes.iter().all(Lane::is_empty) => {
                self.next_mix = None;
                None
            }
            _ => {
                let now = Instant::now();
                let due = *self.next_mix.get_or_insert(now + FRAME);
                let frame = if due <= now { self.mix(&mut played).frame } else { None };
                // After a pause of the whole process, the rhythm starts again from now instead of catching up.
                let next = if due > now { due } else { (due + FRAME).max(now) };
                self.next_mix = Some(next);
                mix_at = Some(next);
                frame
            }
        };
        if frame.is_some() || !played.is_empty() {
            return Some(Flow::Heard(EarOutput { frame, played, waited }));
        }
        mix_at.map(Flow::MixAt)
    }
}

/// Lets the ear hear the mouth. A cord that is already plugged stays as it is.
pub fn plug(from: &Mouth, to: &Ear) {
    connect(from, to, None);
}

/// As [`plug`]. The ear also gets what the mouth has said already and still waits in this other ear: it hears the rest of an item as
/// that one does.
pub fn plug_alongside(from: &Mouth, to: &Ear, other: &Ear) {
    connect(from, to, Some(other));
}

fn connect(from: &Mouth, to: &Ear, other: Option<&Ear>) {
    let mut ears = locked(&from.0.ears);
    // Nothing is said meanwhile. The locks of two ears are never held together.
    let waiting = other.map(|other| other.waiting_of(from.0.leg)).unwrap_or_default();
    let mut lanes = locked(&to.0.lanes);
    if lanes.lane(from.0.leg).is_none() {
        // Only people hear clicks. An assistant gets everything as it was said.
        let fades_in = from.0.ends_loud.load(Ordering::Relaxed) && to.0.pace != Pace::Flowing;
        lanes.begin(from.0.leg, to.0.format, fades_in);
        lanes.take_in(from.0.leg, waiting);
    }
    if !ears.iter().any(|ear| ear.as_ptr() == Arc::as_ptr(&to.0)) {
        ears.push(Arc::downgrade(&to.0));
    }
}

/// Ends a cord. Its waiting sound is dropped; every item that had begun in it is returned as cleared.
pub fn unplug(from: &Mouth, to: &Ear) -> Vec<ItemPlayed> {
    let mut ears = locked(&from.0.ears);
    ears.retain(|ear| ear.as_ptr() != Arc::as_ptr(&to.0));
    locked(&to.0.lanes).remove(from.0.leg)
}

fn last_sample(frame: &Frame) -> i16 {
    let last = match frame {
        Frame::Pcm { samples, .. } => samples.last().copied(),
        Frame::G711 { law, bytes } => bytes.last().map(|octet| g711::decode(*law, *octet)),
    };
    last.unwrap_or(0)
}

/// Locks samples. A panic elsewhere under this lock leaves at worst a half-mixed frame, which is no reason for silence.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Memory of a call: its assistant and its caller hear each other, and nobody else.
    #[test]
    fn an_ear_that_hears_one_party_has_room_for_one() {
        let [speaker, listener] = [1, 2].map(|leg| Port::new(LegId(leg), SampleRate::HZ_8000, Pace::Paced));
        plug(&speaker.mouth, &listener.ear);
        assert_eq!(locked(&listener.ear.0.lanes).lanes.capacity(), 1);
    }

    #[test]
    fn an_ear_is_plugged_until_its_last_cord_ends() {
        let [one, other, ear] = [1, 2, 3].map(|leg| Port::new(LegId(leg), SampleRate::HZ_8000, Pace::Paced));
        assert!(!ear.ear.is_plugged());
        plug(&one.mouth, &ear.ear);
        plug(&other.mouth, &ear.ear);
        assert!(unplug(&one.mouth, &ear.ear).is_empty() && ear.ear.is_plugged());
        assert!(unplug(&other.mouth, &ear.ear).is_empty() && !ear.ear.is_plugged());
    }

    #[test]
    fn a_tick_has_the_highest_rate_of_its_voices() {
        let [phone, page, listener] =
            [1, 2, 3].map(|leg| Port::new(LegId(leg), SampleRate::HZ_24000, Pace::Paced));
        plug(&phone.mouth, &listener.ear);
        plug(&page.mouth, &listener.ear);
        let said = |rate: SampleRate, ms| Frame::pcm(rate, vec![1_000; rate.samples_in_ms(ms)]);
        let ticks = || [(); 2].map(|()| listener.ear.tick().spoken_at.map(SampleRate::hz));
        assert_eq!(ticks(), [None, None]);
        phone.mouth.speak(None, said(SampleRate::HZ_8000, 100));
        page.mouth.speak(None, said(SampleRate::HZ_24000, 20));
        assert_eq!(ticks(), [Some(24_000), Some(8_000)]);
        page.mouth.speak(None, said(SampleRate::HZ_24000, 40));
        page.mouth.speak(None, said(SampleRate::HZ_8000, 20));
        assert_eq!(ticks(), [Some(24_000), Some(24_000)], "the wider sound waits before the narrower");
    }
}
