//! To a SwitchActor: what calls and the API want of a switch.

use cordboard_schema::dialplan::DialplanTarget;
use cordboard_schema::ids::EffectId;
use cordboard_schema::switch::ExtensionChecked;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::ChannelAction;
use crate::line::CallLine;

/// Call -> the actor of a switch, on its [`SwitchLine`].
#[derive(Debug)]
pub enum ToSwitch {
    /// Watch over a channel of this call: say `control_attached` of the inbound link once the switch says that it holds the
    /// channel, `control_lost` when the switch can't be reached any more, and again when it can.
    Watch {
        /// The channel.
        channel: Uuid,
        /// Whom to tell.
        call: CallLine,
    },
    /// Tell the call what happens on its channel, or leave that to the outbound link.
    Listen {
        /// The channel.
        channel: Uuid,
        /// Which.
        listening: Listening,
    },
    /// The call is over.
    Unwatch {
        /// The channel.
        channel: Uuid,
    },
    /// Have the channel do something; what became of it comes back as `action_done`.
    Act {
        /// The channel.
        channel: Uuid,
        /// The request.
        effect: EffectId,
        /// What.
        action: ChannelAction,
        /// Whom to tell.
        call: CallLine,
    },
    /// Find out whether an extension can be reached; answered as `extension_checked`.
    CheckExtension {
        /// The request.
        effect: EffectId,
        /// The extension.
        phone: Phone,
        /// Whom to tell.
        call: CallLine,
    },
    /// Ring an extension; told as `handoff_ringing`, `handoff_accepted`, `handoff_failed`.
    Ring {
        /// The hand-off.
        handoff: EffectId,
        /// The channel that the person's leg gets.
        channel: Uuid,
        /// The extension.
        phone: Phone,
        /// Who is calling, for the phone's display.
        caller_number: Option<String>,
        /// How long it rings, in ms.
        timeout_ms: u64,
        /// Whom to tell.
        call: CallLine,
    },
    /// End the leg of a person who was rung.
    StopRinging {
        /// The channel that the person's leg got.
        channel: Uuid,
    },
    /// API -> switch: how it stands.
    Ask(oneshot::Sender<SwitchShown>),
    /// API -> switch: find out whether an extension can be reached.
    AskExtension {
        /// The extension.
        phone: Phone,
        /// Where the answer goes; none where the switch can't be asked.
        reply: oneshot::Sender<Option<ExtensionChecked>>,
    },
}

/// Who tells a call what happens on its channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listening {
    /// The inbound link, for there is no other.
    Inbound,
    /// The outbound link.
    Outbound,
}

/// A phone that a switch can ring: `user/NUMBER@DOMAIN`. Only a [`DialplanTarget`] makes one, so nothing that somebody
/// said or typed becomes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phone {
    number: String,
    domain: Option<String>,
}

impl Phone {
    /// The phone at a target's extension, in a SIP domain where that is known and plain.
    pub fn at(target: &DialplanTarget, domain: Option<&str>) -> Self {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        let domain = domain.filter(|domain| !domain.is_empty() && domain.chars().all(plain));
        Self { number: target.extension().to_owned(), domain: domain.map(str::to_owned) }
    }

    /// The extension's number.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// The SIP domain; none where the switch's own is meant.
    pub fn domain(&self) -> Option<&str> {
        self.domain.as_deref()
    }
}

/// A switch, as an administrator sees it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct SwitchShown {
    /// Its name in `freeswitch.servers`.
    pub name: String,
    /// Where it is.
    pub address: String,
    /// Whether we are connected and signed in.
    pub is_connected: bool,
    /// Why not, in words.
    pub fault: Option<String>,
    /// Its channels, as it said last.
    pub channels: Option<u64>,
    /// Calls of ours that it holds.
    pub calls: usize,
    /// How often the connection was lost.
    pub losses: u64,
}
