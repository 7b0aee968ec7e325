//! Call data in the answer to `connect`.

use super::event::Event;
use crate::switch::AnswerState;

/// A call as FreeSWITCH hands it over. The event itself has further channel variables ([`Event::variables`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelData {
    /// The channel, `Unique-ID`: the call's id at the switch.
    pub channel: String,
    /// Direction of the call.
    pub direction: ChannelDirection,
    /// Answer state; `None` if the call has already ended.
    pub answer_state: Option<AnswerState>,
    /// Rate of its codec's samples, in Hz, if it already has one.
    pub read_rate_hz: Option<u32>,
    /// The caller's number, unless it is withheld.
    pub caller_number: Option<String>,
    /// The caller's name, if the phone or trunk sends one and it isn't withheld.
    pub caller_name: Option<String>,
    /// The number that was dialled.
    pub destination: Option<String>,
    /// The dialplan's context.
    pub context: Option<String>,
    /// The domain that was called.
    pub domain: Option<String>,
    /// The `Call-ID` of the SIP dialogue.
    pub sip_call_id: Option<String>,
    /// Whether applications run in parallel with the connection.
    pub socket_mode: SocketMode,
    /// The commands that the connection permits.
    pub control: Control,
}

/// Direction of the call, from the switch's point of view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelDirection {
    /// Somebody called.
    Inbound,
    /// The switch called somebody, for example by `originate`.
    Outbound,
}

/// Mode of `socket` in the dialplan: with `async` or without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketMode {
    /// Applications run in parallel with the connection.
    Async,
    /// The connection reads nothing until an application is done, so nothing can be stopped.
    Static,
}

/// Mode of `socket` in the dialplan: with `full` or without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Every command.
    Full,
    /// No `api`, no `event`, no `linger`.
    SingleChannel,
}

impl ChannelData {
    /// Reads the block; `None` if it names no channel. Missing fields are taken as those of the plainest `socket`.
    pub fn of(event: &Event) -> Option<Self> {
        let text = |name| event.text_of(name).map(str::to_owned);
        Some(Self {
            channel: text("Unique-ID")?,
            direction: match event.get("Call-Direction") {
                Some("outbound") => ChannelDirection::Outbound,
                _ => ChannelDirection::Inbound,
            },
            answer_state: match event.get("Answer-State") {
                Some("answered") => Some(AnswerState::Answered),
                Some("early") => Some(AnswerState::Early),
                Some("hangup") => None,
                _ => Some(AnswerState::Ringing),
            },
            read_rate_hz: event.number("Channel-Read-Codec-Rate"),
            caller_number: event.caller_number().map(str::to_owned),
            caller_name: event.caller_name().map(str::to_owned),
            destination: text("Caller-Destination-Number"),
            context: text("Caller-Context"),
            domain: text("variable_sip_to_host"),
            sip_call_id: text("variable_sip_call_id"),
            socket_mode: match event.get("Socket-Mode") {
                Some("async") => SocketMode::Async,
                _ => SocketMode::Static,
            },
            control: match event.get("Control") {
                Some("full") => Control::Full,
                _ => Control::SingleChannel,
            },
        })
    }
}
