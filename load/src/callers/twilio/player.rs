//! Twilio's playback to a caller: a queue, one frame every 20 ms, marks in between, and a `clear` that empties it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::super::super::marker::{FRAME_SAMPLES, Marker};

/// How long a frame is played.
const FRAME: Duration = Duration::from_millis(20);

/// The queue of one call.
#[derive(Debug, Default)]
pub(super) struct Player {
    /// Each with the moment from which it is played.
    queue: VecDeque<(Instant, Queued)>,
    /// When all of it is played.
    empty_at: Option<Instant>,
    /// Octets of an incomplete frame.
    part: Vec<u8>,
}

#[derive(Debug)]
enum Queued {
    Frame(Option<Marker>),
    Mark(String),
}

/// A queued entry that is due.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Played {
    /// A frame, from this moment on.
    Frame(Instant, Option<Marker>),
    /// The queue ran empty before the next frame came.
    Nothing,
    /// A mark, to be echoed.
    Mark(String),
}

impl Player {
    /// Queues sound: G.711 octets, any number of them. Due entries must be taken first.
    pub(super) fn sound(&mut self, octets: &[u8], now: Instant) -> Option<Played> {
        let ran_empty = self.empty_at.is_some_and(|empty_at| empty_at < now).then_some(Played::Nothing);
        self.part.extend_from_slice(octets);
        let whole = self.part.len() - self.part.len() % FRAME_SAMPLES;
        for frame in self.part.drain(..whole).collect::<Vec<u8>>().chunks_exact(FRAME_SAMPLES) {
            let at = self.empty_at.map_or(now, |empty_at| empty_at.max(now));
            self.queue.push_back((at, Queued::Frame(Marker::of_octets(frame))));
            self.empty_at = Some(at + FRAME);
        }
        ran_empty
    }

    /// Queues a mark.
    pub(super) fn mark(&mut self, name: &str, now: Instant) {
        let at = self.empty_at.map_or(now, |empty_at| empty_at.max(now));
        self.queue.push_back((at, Queued::Mark(name.to_owned())));
    }

    /// Next entry that is due by now.
    pub(super) fn next_due(&mut self, now: Instant) -> Option<Played> {
        self.queue.front().filter(|(at, _)| *at <= now)?;
        let (at, queued) = self.queue.pop_front()?;
        Some(match queued {
            Queued::Frame(marker) => Played::Frame(at, marker),
            Queued::Mark(name) => Played::Mark(name),
        })
    }

    /// Empties the queue; its marks are echoed at once.
    pub(super) fn clear(&mut self, now: Instant) -> Vec<String> {
        self.part.clear();
        self.empty_at = Some(now);
        let marks = self.queue.drain(..).filter_map(|(_, queued)| match queued {
            Queued::Mark(name) => Some(name),
            Queued::Frame(_) => None,
        });
        marks.collect()
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::audio::Law;

    use super::super::super::super::marker::Loudness;
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn frames(count: u32) -> Vec<u8> {
        (0..count)
            .flat_map(|sequence| Marker { source: 1, sequence }.octets(Law::Mu, Loudness::Quiet))
            .collect()
    }

    fn due(player: &mut Player, now: Instant) -> Vec<Played> {
        std::iter::from_fn(|| player.next_due(now)).collect()
    }

    #[test]
    fn frames_are_played_one_after_the_other_however_they_come() {
        let (mut player, began) = (Player::default(), Instant::now());
        let sound = frames(3);
        assert_eq!(player.sound(&sound[..200], began), None);
        assert_eq!(player.sound(&sound[200..], began + MS), None, "the first is still played");
        player.mark("said", began + MS);
        let played = due(&mut player, began + 40 * MS);
        let at =
            |number: u32| Played::Frame(began + FRAME * number, Some(Marker { source: 1, sequence: number }));
        assert_eq!(played, [at(0), at(1), at(2)]);
        assert_eq!(due(&mut player, began + 60 * MS), [Played::Mark("said".to_owned())]);
        assert_eq!(player.sound(&sound, began + 90 * MS), Some(Played::Nothing));
    }

    #[test]
    fn cleared_sound_is_not_played_and_its_marks_are_echoed() {
        let (mut player, began) = (Player::default(), Instant::now());
        player.sound(&frames(5), began);
        player.mark("1:5", began);
        assert_eq!(due(&mut player, began + 25 * MS).len(), 2);
        assert_eq!(player.clear(began + 25 * MS), ["1:5"]);
        assert_eq!(due(&mut player, began + 900 * MS), []);
    }
}
