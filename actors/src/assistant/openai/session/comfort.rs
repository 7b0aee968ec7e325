//! Sound while the caller waits, as acts of this session.

use cordboard_schema::time::UnixMs;

use super::Session;
use crate::assistant::remote::comfort::Scene;

impl Session {
    fn scene(&self) -> Scene {
        Scene {
            now: self.now,
            is_sound_due: !self.waits && (self.is_sound_due() || !self.is_ready),
            caller_speaks: self.caller_speaks(),
            voice_is_open: self.voice.is_open(),
            waits_for_people: self.waits_for_people(),
            is_ready: self.is_ready || self.continues_call(),
            quiet_since: self.voice.playout.quiet_since,
            rate: self.plan.caller_rate,
        }
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
