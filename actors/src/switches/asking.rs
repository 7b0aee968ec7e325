//! Requesters that want to know whether somebody can be reached at an extension.

use cordboard_schema::event::Fact;
use cordboard_schema::ids::EffectId;
use cordboard_schema::switch::ExtensionChecked;
use tokio::sync::oneshot;

use crate::messages::CallLine;

/// The requester.
#[derive(Debug)]
pub(crate) enum AnswerTo {
    /// A call.
    Call {
        /// Its request.
        effect: EffectId,
        /// Its line.
        call: CallLine,
    },
    /// A call that is about to send its caller there.
    Transfer {
        /// The transfer.
        effect: EffectId,
        /// Whether the dialplan has the place, where that is known.
        exists: Option<bool>,
        /// Its line.
        call: CallLine,
    },
    /// A program.
    Api(oneshot::Sender<Option<ExtensionChecked>>),
}

impl AnswerTo {
    /// Tells what was found out; none where that can't be.
    pub(crate) fn say(self, checked: Option<ExtensionChecked>) {
        match self {
            Self::Call { effect, call } => call.fact(Fact::ExtensionChecked { effect, checked }),
            Self::Transfer { effect, exists, call } => {
                call.fact(Fact::PlaceChecked { effect, exists, extension: checked });
            }
            // A requester that no longer waits misses nothing.
            Self::Api(reply) => drop(reply.send(checked)),
        }
    }
}
