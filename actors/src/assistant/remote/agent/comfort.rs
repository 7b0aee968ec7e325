//! Sound while the caller waits, as acts of this session.

use cordboard_schema::time::UnixMs;

use super::Session;
use super::dialect::Dialect;
use crate::assistant::remote::comfort::Scene;
use crate::assistant::remote::talk::PAUSE_MS;

impl<D: Dialect> Session<D> {
    fn scene(&self) -> Scene {
        Scene {
            now: self.now,
            is_sound_due: !self.waits && (self.is_sound_due() || !self.is_ready),
            caller_speaks: self.hearing.is_speaking(),
            voice_is_open: self.voice.is_open(),
            waits_for_people: self.waits_for_people(),
            is_ready: self.is_ready || self.continues_call(),
            quiet_since: self.voice.playout.quiet_since.max(self.reply_due_at()),
            rate: self.plan.caller_rate,
        }
    }

    /// Returns when the delay is over that the profile sets before a reply to the caller; in the past if there is none.
    fn reply_due_at(&self) -> UnixMs {
        let delay_ms = self.plan.profile.style.turn_silence_ms().filter(|_| self.can.keeps_reply_delay);
        let spoke_until = self.hearing.awaits_since().map(|since| since - PAUSE_MS);
        let due_at = spoke_until.zip(delay_ms).map(|(until, delay_ms)| until + u64::from(delay_ms));
        due_at.unwrap_or(self.voice.playout.quiet_since)
    }

    pub(super) fn comfort_deadline(&self) -> Option<UnixMs> {
        self.comfort.deadline(&self.scene())
    }

    /// Starts, continues or ends the sound while the caller waits.
    pub(super) fn comfort_caller(&mut self) {
        let scene = self.scene();
        self.comfort.play(&scene, &mut self.voice.playout, &mut self.acts);
    }

    /// Ends the tone, if one sounds: the next sound follows its current piece.
    pub(super) fn cease_comfort(&mut self) {
        self.comfort.cease(self.now, &mut self.voice.playout, &mut self.acts);
    }
}
