//! Audio on its way into a chunk, and when the chunk is sent. Pure.
//!
//! Each chunk costs the switch a file and an event, so chunks are 200 ms long if there is time. The first chunk of an utterance
//! is sent with what is there, and so is one whose delay the caller would hear as a gap.

use cordboard_schema::audio::SampleRate;
use cordboard_schema::ids::ItemId;
use cordboard_schema::limits::STREAM_CHUNK_MS;

use super::chunks::Span;

/// How long audio of an item waits for more of it if little audio is ahead, in ms.
const ITEM_WAIT_MS: u64 = 40;
/// If no more than this is ahead, a chunk has to be sent, in ms: it takes some 40 ms to be heard.
const LEAD_LOW_MS: u64 = 60;
/// Pause of a live voice after which its audio is sent, in ms. Its frames arrive each 20 ms, not quite evenly.
const LIVE_PAUSE_MS: u64 = 40;
/// Length of the first chunk of a live voice, in ms. A live voice arrives no faster than it is heard, so the part beyond one chunk
/// is the time that the next one may be late.
const LIVE_FIRST_MS: u64 = 300;

/// See the module's description.
#[derive(Debug)]
pub(super) struct Gathering {
    rate: SampleRate,
    samples: Vec<i16>,
    spans: Vec<Span>,
    first_at_ms: u64,
    last_at_ms: u64,
    /// Whether an item in it has ended.
    is_closed: bool,
}

/// Contents of a chunk.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Gathered {
    /// Its samples.
    pub(super) samples: Vec<i16>,
    /// The parts of items that it contains.
    pub(super) spans: Vec<Span>,
    /// Its length in ms.
    pub(super) ms: u64,
}

impl Gathering {
    /// Starts empty, at this rate.
    pub(super) fn new(rate: SampleRate) -> Self {
        Self { rate, samples: Vec::new(), spans: Vec::new(), first_at_ms: 0, last_at_ms: 0, is_closed: false }
    }

    /// Returns the rate of the samples.
    pub(super) fn rate(&self) -> SampleRate {
        self.rate
    }

    /// Returns its length in ms.
    pub(super) fn ms(&self) -> u64 {
        self.rate.ms_of_samples(self.samples.len() as u64)
    }

    /// Adds audio. `item` is the item that it belongs to, and how many ms of that are new.
    pub(super) fn add(&mut self, now_ms: u64, samples: &[i16], item: Option<(ItemId, u64)>) {
        if self.samples.is_empty() {
            self.first_at_ms = now_ms;
        }
        self.last_at_ms = now_ms;
        let at_ms = self.ms();
        if let Some((item, ms)) = item.filter(|(_, ms)| *ms > 0) {
            match self.spans.last_mut() {
                Some(span) if span.item == item && span.at_ms + span.ms == at_ms => span.ms += ms,
                _ => self.spans.push(Span { item, at_ms, ms }),
            }
        }
        self.samples.extend_from_slice(samples);
    }

    /// Notes that an item has ended: its audio need not wait for more.
    pub(super) fn close(&mut self) {
        self.is_closed = !self.samples.is_empty();
    }

    /// Takes the chunk that is to be sent now. `lead_ms` is the audio ahead of it that was not heard yet.
    pub(super) fn take_due(&mut self, now_ms: u64, lead_ms: u64) -> Option<Gathered> {
        self.is_due(now_ms, lead_ms).then(|| self.take())
    }

    fn is_due(&self, now_ms: u64, lead_ms: u64) -> bool {
        let ms = self.ms();
        if ms == 0 || self.is_closed {
            return ms > 0;
        }
        if self.spans.is_empty() {
            let enough = if lead_ms == 0 { LIVE_FIRST_MS } else { STREAM_CHUNK_MS };
            ms >= enough || now_ms >= self.last_at_ms + LIVE_PAUSE_MS
        } else {
            ms >= STREAM_CHUNK_MS || (lead_ms <= LEAD_LOW_MS && now_ms >= self.first_at_ms + ITEM_WAIT_MS)
        }
    }

    /// Takes all audio.
    pub(super) fn take(&mut self) -> Gathered {
        self.is_closed = false;
        let ms = self.ms();
        Gathered { ms, samples: std::mem::take(&mut self.samples), spans: std::mem::take(&mut self.spans) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SampleRate = SampleRate::HZ_8000;

    /// Returns the chunks as time of sending and length, for frames that arrive at these times with this lead.
    fn sent(item: Option<u64>, frames_at_ms: &[u64], lead_ms: u64, until_ms: u64) -> Vec<(u64, u64)> {
        let mut gathering = Gathering::new(RATE);
        let mut sent = Vec::new();
        for now_ms in (0..=until_ms).step_by(20) {
            for _ in frames_at_ms.iter().filter(|at_ms| **at_ms == now_ms) {
                gathering.add(now_ms, &[1; 160], item.map(|item| (ItemId(item), 20)));
            }
            sent.extend(gathering.take_due(now_ms, lead_ms).map(|gathered| (now_ms, gathered.ms)));
        }
        sent
    }

    /// Returns frames that arrive together at 0.
    fn together(frames: usize) -> Vec<u64> {
        vec![0; frames]
    }

    #[test]
    fn whole_chunks_go_at_once_and_first_ones_go_early() {
        assert_eq!(sent(Some(1), &together(10), 400, 100), [(0, 200)]);
        assert_eq!(sent(Some(1), &together(3), 0, 100), [(40, 60)]);
        assert_eq!(sent(Some(1), &[0, 20, 40, 60], 0, 100), [(40, 60), (100, 20)]);
    }

    #[test]
    fn an_item_waits_for_more_while_audio_is_ahead() {
        assert_eq!(sent(Some(1), &together(3), 61, 1_000), []);
        assert_eq!(sent(Some(1), &together(3), 60, 1_000), [(40, 60)]);
    }

    #[test]
    fn a_live_voice_is_sent_in_chunks_or_at_pauses() {
        let voice: Vec<u64> = (0..16).map(|frame| frame * 20).collect();
        assert_eq!(sent(None, &voice, 0, 1_000), [(280, 300), (340, 20)]);
        assert_eq!(sent(None, &voice, 100, 1_000), [(180, 200), (340, 120)]);
    }

    #[test]
    fn the_end_of_an_item_waits_for_nothing() {
        let mut gathering = Gathering::new(RATE);
        gathering.close();
        assert_eq!(gathering.take_due(0, 400), None);
        gathering.add(0, &[1; 160], Some((ItemId(1), 15)));
        assert_eq!(gathering.take_due(0, 400), None, "an end before its begin is ignored");
        gathering.add(0, &[1; 160], Some((ItemId(1), 15)));
        gathering.close();
        let gathered = gathering.take_due(0, 400).unwrap();
        let spans = [Span { item: ItemId(1), at_ms: 0, ms: 15 }, Span { item: ItemId(1), at_ms: 20, ms: 15 }];
        assert_eq!((gathered.ms, &gathered.spans[..]), (40, &spans[..]));
        assert_eq!(gathering.take_due(1_000, 0), None);
    }

    #[test]
    fn a_chunk_knows_where_each_item_is_in_it() {
        let mut gathering = Gathering::new(RATE);
        for item in [None, Some(1), Some(1), Some(2)] {
            gathering.add(0, &[1; 160], item.map(|item| (ItemId(item), 20)));
        }
        let spans =
            [Span { item: ItemId(1), at_ms: 20, ms: 40 }, Span { item: ItemId(2), at_ms: 60, ms: 20 }];
        assert_eq!(gathering.take().spans, spans);
    }
}
