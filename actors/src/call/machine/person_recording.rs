//! What a caller and a person say who talk without us is recorded by the switch, where that is wanted: none of it passes
//! through here.

use cordboard_schema::event::Decision;
use cordboard_schema::ids::EffectId;

use super::{Effects, Machine, note};
use crate::messages::ChannelAction;

impl Machine {
    pub(super) fn record_person(&mut self, fx: &mut Effects) {
        let is_wanted = self.channel.is_asterisk && self.policy.asterisk.record_people;
        if is_wanted && self.channel.recording.is_none() {
            self.act(ChannelAction::Record, fx);
        }
    }

    /// The switch records them under this number.
    pub(super) fn person_is_recorded(&mut self, recording: EffectId, fx: &mut Effects) {
        self.channel.recording = Some(recording);
        fx.push(note(Decision::PersonRecordingBegan { recording }));
        if !self.is_joined_with_person() {
            self.record_no_longer(fx);
        }
    }

    /// We hear the caller again, and record them ourselves.
    pub(super) fn record_no_longer(&mut self, fx: &mut Effects) {
        if let Some(recording) = self.channel.recording.take() {
            self.act(ChannelAction::StopRecording, fx);
            fx.push(note(Decision::PersonRecordingEnded { recording }));
        }
    }
}
