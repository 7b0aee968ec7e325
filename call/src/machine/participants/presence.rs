//! Whether a person is connected: by audio to us, or joined with the caller by the switch.

use cordboard_schema::ids::LegId;
use cordboard_schema::time::UnixMs;

/// Whether a person is connected, and since when they take part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Presence {
    audio: Audio,
    /// Whether their audio has ever joined.
    was_here: bool,
    /// Since when they take part: they talk with the caller, or listen to the call.
    since: Option<UnixMs>,
    /// If their audio is not connected: until when it is awaited. `None` if that is decided elsewhere.
    awaited_until: Option<UnixMs>,
}

/// Their audio.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Audio {
    #[default]
    None,
    /// It has arrived, but not joined yet.
    Arriving(LegId),
    Here(LegId),
    /// It had joined when the process died, and was lost with it.
    Died,
    /// It is not ours: their switch has joined them with the caller.
    AtSwitch,
}

impl Presence {
    /// Returns a presence whose audio is awaited until then.
    pub(in super::super) fn awaited(until: UnixMs) -> Self {
        Self { awaited_until: Some(until), ..Self::default() }
    }

    /// Returns a presence connected by this leg.
    pub(in super::super) fn by(leg: LegId) -> Self {
        Self { audio: Audio::Here(leg), was_here: true, ..Self::default() }
    }

    /// Returns their leg, from when it arrives.
    pub(in super::super) fn leg(self) -> Option<LegId> {
        match self.audio {
            Audio::None | Audio::Died | Audio::AtSwitch => None,
            Audio::Arriving(leg) | Audio::Here(leg) => Some(leg),
        }
    }

    /// Returns their leg, once it has joined.
    pub(in super::super) fn here(self) -> Option<LegId> {
        match self.audio {
            Audio::Here(leg) => Some(leg),
            Audio::None | Audio::Arriving(_) | Audio::Died | Audio::AtSwitch => None,
        }
    }

    /// Whether their audio has joined, or had when the process died: nothing else has separated them from the call.
    pub(in super::super) fn is_unparted(self) -> bool {
        matches!(self.audio, Audio::Here(_) | Audio::Died)
    }

    /// Whether the switch has joined them with the caller.
    pub(in super::super) fn is_at_switch(self) -> bool {
        self.audio == Audio::AtSwitch
    }

    pub(in super::super) fn joins_at_switch(&mut self) {
        self.audio = Audio::AtSwitch;
    }

    /// Whether their audio has ever joined.
    pub(in super::super) fn was_here(self) -> bool {
        self.was_here
    }

    /// Returns since when they take part.
    pub(in super::super) fn since(self) -> Option<UnixMs> {
        self.since
    }

    /// Returns how long they have taken part, in ms.
    pub(in super::super) fn took_part_ms(self, now: UnixMs) -> Option<u64> {
        self.since.map(|since| now.ms_since(since))
    }

    pub(in super::super) fn awaited_until(self) -> Option<UnixMs> {
        self.awaited_until
    }

    /// Their audio has arrived. Returns their earlier leg, which is no longer theirs.
    pub(in super::super) fn arrives(&mut self, leg: LegId) -> Option<LegId> {
        let before = self.leg();
        self.audio = Audio::Arriving(leg);
        before
    }

    /// Their audio has joined.
    pub(in super::super) fn audio_joined(&mut self) {
        if let Some(leg) = self.leg() {
            (self.audio, self.was_here, self.awaited_until) = (Audio::Here(leg), true, None);
        }
    }

    /// Their audio is lost.
    pub(in super::super) fn is_lost(&mut self) {
        self.audio = Audio::None;
    }

    /// Their audio is lost, and awaited until then.
    pub(in super::super) fn is_away(&mut self, until: UnixMs) {
        self.is_lost();
        self.awaited_until = Some(until);
    }

    /// The process died, and their audio with it.
    pub(in super::super) fn process_died(&mut self, away_ms: u64) {
        if matches!(self.audio, Audio::Here(_)) {
            // Until another process had started, they took part in nothing.
            self.since = self.since.map(|since| since + away_ms);
        }
        self.audio = match self.audio {
            Audio::Here(_) | Audio::Died => Audio::Died,
            Audio::None | Audio::Arriving(_) => Audio::None,
            Audio::AtSwitch => Audio::AtSwitch,
        };
    }

    /// They take part from now on.
    pub(in super::super) fn takes_part(&mut self, now: UnixMs) {
        self.since = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arriving_audio_is_not_heard_before_it_joins() {
        let mut presence = Presence::awaited(UnixMs(9));
        assert_eq!(presence.arrives(LegId(1)), None);
        assert_eq!((presence.leg(), presence.here(), presence.was_here()), (Some(LegId(1)), None, false));
        assert_eq!(presence.awaited_until(), Some(UnixMs(9)));
        presence.audio_joined();
        assert_eq!((presence.here(), presence.awaited_until()), (Some(LegId(1)), None));
    }

    #[test]
    fn a_dead_process_loses_audio_but_separates_nobody() {
        let mut presence = Presence::by(LegId(1));
        presence.process_died(0);
        assert_eq!((presence.leg(), presence.is_unparted()), (None, true));
        presence.is_lost();
        assert!(!presence.is_unparted());
        presence.arrives(LegId(2));
        presence.process_died(0);
        assert!(!presence.is_unparted());
    }

    #[test]
    fn nobody_talks_over_us_while_there_is_no_process() {
        let (mut by_us, mut at_switch) = (Presence::by(LegId(1)), Presence::default());
        at_switch.joins_at_switch();
        for presence in [&mut by_us, &mut at_switch] {
            presence.takes_part(UnixMs(1_000));
            presence.process_died(3_600_000);
        }
        let now = UnixMs(3_610_000);
        assert_eq!((by_us.took_part_ms(now), at_switch.took_part_ms(now)), (Some(9_000), Some(3_609_000)));
    }

    #[test]
    fn new_audio_returns_the_leg_it_replaces() {
        let mut presence = Presence::by(LegId(1));
        assert_eq!(presence.arrives(LegId(2)), Some(LegId(1)));
        presence.is_away(UnixMs(7));
        assert_eq!((presence.leg(), presence.was_here()), (None, true));
        assert_eq!(presence.awaited_until(), Some(UnixMs(7)));
        presence.audio_joined();
        assert_eq!(presence.here(), None);
    }
}
