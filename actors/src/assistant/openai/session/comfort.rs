//! Sound while the caller waits, as this session's acts.

use cordboard_schema::line::Line;
use cordboard_schema::time::UnixMs;

use super::Session;
use super::act::Act;
use crate::assistant::remote::comfort::{Scene, Step};
use crate::assistant::sounds::Prompt;

impl Session {
    fn scene(&self) -> Scene {
        Scene {
            now: self.now,
            is_owed: !self.waits && (self.owes_sound() || !self.is_ready),
            caller_speaks: self.caller_speaks(),
            voice_is_open: self.voice.is_open(),
            waits_for_people: self.waits_for_people(),
            is_ready: self.is_ready,
            quiet_since: self.voice.quiet_since,
            rate: self.plan.caller_rate,
        }
    }

    pub(super) fn comfort_deadline(&self) -> Option<UnixMs> {
        self.comfort.deadline(&self.scene())
    }

    /// Begins, goes on with, or ends what is heard while waiting.
    pub(super) fn comfort_caller(&mut self) {
        let scene = self.scene();
        if self.comfort.note(&scene) {
            return self.cease_comfort();
        }
        match self.comfort.step(&scene) {
            Some(Step::Moment(words, ms)) => {
                let item = self.voice.number();
                self.acts.push(Act::Begin { item, line: Some(Line::OneMoment) });
                self.acts.push(Act::Play(Prompt::OneMoment));
                self.acts.push(Act::Complete(words));
                self.voice.plays(ms, self.now);
            }
            Some(Step::Tone { begins, pieces }) => {
                if begins {
                    let item = self.voice.number();
                    self.acts.push(Act::Begin { item, line: None });
                }
                self.acts.extend(pieces.into_iter().map(Act::Speak));
            }
            None => {}
        }
    }

    /// Ends the tone, if one sounds: what comes now follows its piece.
    pub(super) fn cease_comfort(&mut self) {
        if let Some(quiet_since) = self.comfort.cease(self.now) {
            self.acts.push(Act::Complete(String::new()));
            self.voice.quiet_since = quiet_since;
        }
    }
}
