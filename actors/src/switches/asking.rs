//! Requesters that want to know whether an extension can be reached.

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
    /// A call that is about to send its caller to the extension.
    Transfer {
        /// The transfer's request.
        effect: EffectId,
        /// Whether the dialplan has the extension, if that is known.
        exists: Option<bool>,
        /// Its line.
        call: CallLine,
    },
    /// An API client.
    Api(oneshot::Sender<Option<ExtensionChecked>>),
}

impl AnswerTo {
    /// Sends the answer to the requester: `None` if nothing could be found out.
    pub(crate) fn say(self, checked: Option<ExtensionChecked>) {
        match self {
            Self::Call { effect, call } => call.fact(Fact::ExtensionChecked { effect, checked }),
            Self::Transfer { effect, exists, call } => {
                call.fact(Fact::PlaceChecked { effect, exists, extension: checked });
            }
            // A requester that has stopped waiting misses nothing.
            Self::Api(reply) => drop(reply.send(checked)),
        }
    }
}
