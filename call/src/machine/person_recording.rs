//! The switch records the conversation of a caller and a person who talk without us, if that is wanted. None of that sound passes through
//! here.

use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::Decision;
use cordboard_schema::ids::EffectId;

use super::channel::SwitchRequest;
use super::{Effects, Machine, note};
use crate::ChannelAction;

impl Machine {
    pub(super) fn record_person(&mut self, fx: &mut Effects) {
        let is_wanted = self.line.records_people(&self.policy);
        let is_asked = self.channel.is_asking(&SwitchRequest::Do(ChannelAction::Record));
        if is_wanted && !self.channel.is_recorded() && !is_asked {
            self.act(ChannelAction::Record, fx);
        }
    }

    /// The switch records them under this number.
    pub(super) fn person_is_recorded(&mut self, recording: EffectId, fx: &mut Effects) {
        self.channel.recorded_as(recording);
        fx.push(note(Decision::PersonRecordingBegan { recording }));
        if !self.is_joined_with_person() {
            self.record_no_longer(fx);
        }
    }

    /// We hear the caller again, and record them ourselves.
    pub(super) fn record_no_longer(&mut self, fx: &mut Effects) {
        if let Some(recording) = self.channel.take_recording() {
            self.act(ChannelAction::StopRecording, fx);
            fx.push(note(Decision::PersonRecordingEnded { recording }));
        }
    }

    /// The call ends. If its channel is hung up, its recording ends with it. A caller who goes elsewhere would still be recorded there.
    pub(super) fn close_recording_of_person(&mut self, next: &NextStep, fx: &mut Effects) {
        if let NextStep::Goto(_) = next {
            return self.record_no_longer(fx);
        }
        let ended = self.channel.take_recording();
        fx.extend(ended.map(|recording| note(Decision::PersonRecordingEnded { recording })));
    }
}
