//! When a switch may be ordered to send a channel's samples by `unicast`. Pure.
//!
//! The switch does not check this itself: a command at the wrong moment ends the whole process of the switch, with every call in it. The
//! rules:
//!
//! 1. Only after the answer was seen: a channel without media has no codec to read with.
//! 2. Once in each stay in the parked state: a second one leaves behind a socket that can end the switch during the next call.
//! 3. Never during the switch's own `playback`: a prompt ends a unicast silently, and no unicast begins during a prompt.

/// Why a command would break a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnicastForbidden {
    /// Rule 1.
    #[error("the channel's answer was not seen yet")]
    NotAnswered,
    /// The channel is not parked: it is in a bridge, or elsewhere in the dialplan.
    #[error("the channel is not parked")]
    NotParked,
    /// Rule 2.
    #[error("this stay has had its unicast: park the channel again first")]
    Used,
    /// Rule 3.
    #[error("the switch is playing something to the channel")]
    Playback,
}

/// The state of a channel that the rules depend on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnicastRules {
    is_answered: bool,
    parked: ParkedState,
    /// How many prompts the switch was asked to play that have not ended.
    playbacks: u32,
}

/// A channel's stay in the parked state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ParkedState {
    /// It is not parked.
    #[default]
    Away,
    /// It is parked, and no unicast has run.
    Fresh,
    /// It is parked, and a unicast has run.
    Used,
}

impl UnicastRules {
    /// The channel's answer was seen.
    pub fn answered(&mut self) {
        self.is_answered = true;
    }

    /// The channel was parked: its dialplan runs a control connection, it was parked again, or a bridge has left it parked. Each of these
    /// ends what was playing.
    pub fn parked(&mut self) {
        self.parked = ParkedState::Fresh;
        self.playbacks = 0;
    }

    /// Whether the channel is known to be parked, with no unicast yet.
    pub fn is_parked(&self) -> bool {
        self.parked == ParkedState::Fresh
    }

    /// The channel leaves the parked state, for a bridge or another place in its dialplan.
    pub fn left(&mut self) {
        self.parked = ParkedState::Away;
    }

    /// The switch was asked to play a prompt.
    pub fn playback_began(&mut self) {
        self.playbacks = self.playbacks.saturating_add(1);
    }

    /// That prompt has ended.
    pub fn playback_ended(&mut self) {
        self.playbacks = self.playbacks.saturating_sub(1);
    }

    /// Whether a unicast may begin now.
    ///
    /// # Errors
    /// Returns the rule that it would break.
    pub fn admit_start(&self) -> Result<(), UnicastForbidden> {
        match self.parked {
            _ if !self.is_answered => Err(UnicastForbidden::NotAnswered),
            ParkedState::Away => Err(UnicastForbidden::NotParked),
            ParkedState::Used => Err(UnicastForbidden::Used),
            ParkedState::Fresh if self.playbacks > 0 => Err(UnicastForbidden::Playback),
            ParkedState::Fresh => Ok(()),
        }
    }

    /// Begins a unicast, if allowed.
    ///
    /// # Errors
    /// Returns the rule that it would break. Nothing has changed then.
    pub fn start(&mut self) -> Result<(), UnicastForbidden> {
        self.admit_start()?;
        self.parked = ParkedState::Used;
        Ok(())
    }

    /// Whether the switch may play a prompt. It may not while the channel has a unicast that may still be running.
    pub fn admits_playback(&self) -> bool {
        self.parked != ParkedState::Used
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Answered,
        Parked,
        Left,
        PlaybackBegan,
        PlaybackEnded,
        Start,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        use Step::*;
        let any =
            prop::sample::select(vec![Answered, Parked, Left, PlaybackBegan, PlaybackEnded, Start, Start]);
        prop::collection::vec(any, 0..40)
    }

    proptest! {
        /// A switch that tracks its own state, behaving as a real one was seen to behave.
        #[test]
        fn a_unicast_that_would_end_the_switch_never_begins(steps in steps()) {
            let mut rules = UnicastRules::default();
            let (mut has_media, mut is_parked, mut runs, mut playing) = (false, false, false, 0_u32);
            for step in steps {
                match step {
                    Step::Answered => { rules.answered(); has_media = true; }
                    Step::Parked => { rules.parked(); (is_parked, runs, playing) = (true, false, 0); }
                    Step::Left => { rules.left(); (is_parked, runs) = (false, false); }
                    Step::PlaybackBegan if rules.admits_playback() => {
                        prop_assert!(!runs, "a prompt during a unicast");
                        rules.playback_began();
                        playing += 1;
                    }
                    Step::PlaybackBegan => {}
                    Step::PlaybackEnded => { rules.playback_ended(); playing = playing.saturating_sub(1); }
                    Step::Start => {
                        let is_safe = has_media && is_parked && !runs && playing == 0;
                        prop_assert_eq!(rules.start().is_ok(), is_safe);
                        runs |= is_safe;
                    }
                }
            }
        }
    }

    #[test]
    fn a_refusal_names_the_broken_rule() {
        let mut rules = UnicastRules::default();
        assert_eq!(rules.start(), Err(UnicastForbidden::NotAnswered));
        rules.answered();
        assert_eq!(rules.start(), Err(UnicastForbidden::NotParked));
        rules.parked();
        rules.playback_began();
        assert_eq!(rules.start(), Err(UnicastForbidden::Playback));
        rules.playback_ended();
        assert_eq!(rules.start(), Ok(()));
        assert_eq!(rules.start(), Err(UnicastForbidden::Used));
    }
}
