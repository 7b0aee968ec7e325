//! What happens at a FreeSWITCH, or over it.

use serde_json::json;

use super::Here;
use crate::parties::switchboard::name_of_phone;
use crate::plan::SwitchAct;

impl Here<'_> {
    /// Makes it happen.
    pub(super) async fn at_switch(&mut self, act: SwitchAct) {
        match act {
            SwitchAct::RingsPhone { caller, phone } => {
                let Some(call) = self.call_of(caller).await else { return };
                self.commands += 1;
                if let Some(program) = &self.programs[0] {
                    let target = name_of_phone(phone);
                    let command = json!({ "command": "bridge", "call_id": call, "target": target });
                    program.command(command, self.commands);
                }
            }
            SwitchAct::ControlBreaks { caller }
            | SwitchAct::ControlStalls { caller, .. }
            | SwitchAct::AudioBreaks { caller }
            | SwitchAct::AudioStalls { caller, .. } => {
                self.with(caller, |caller| caller.has_trouble_at_switch(act));
            }
            SwitchAct::LinkBreaks
            | SwitchAct::LinkStalls { .. }
            | SwitchAct::RepliesLate { .. }
            | SwitchAct::Leaves { .. }
            | SwitchAct::IsRestarted => {
                if let Some(switch) = &self.addresses.switch {
                    switch.has_trouble(act);
                }
            }
        }
    }
}
