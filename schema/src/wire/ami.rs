//! AMI, Asterisk's manager interface: bytes to messages, and actions to bytes.
//!
//! Asterisk speaks first, with a one-line [banner](Frame::Banner). After that both sides send blocks of `Name: value` lines, each
//! ended by an empty line. A [`Decoder`] reads them; we send [`Action`]s. Answers and events come in any order, so only the
//! `ActionID` that we have given tells which action an answer belongs to.
//!
//! Each subject has a type, in a file of its own, that reads the meaning of a message: [`Answer`], [`ChannelLine`], [`Ended`],
//! [`DialEnded`], [`Originated`], [`CallAnnounced`], [`KeyReleased`], [`Bridging`], [`sent_on`], [`Parked`].
//!
//! Source: Asterisk's documentation, "Asterisk Manager Interface (AMI)" (docs.asterisk.org), and traffic of an Asterisk 22
//! (`tests/captures`).

mod action;
mod announced;
mod answer;
mod bridging;
mod channel;
mod decoder;
mod device;
mod dial;
mod ended;
mod event_name;
mod key;
mod message;
mod parked;
mod value;

pub use action::{Action, Destination, EVENT_MASK, Originate, Secret};
pub use announced::{AUDIOSOCKET_UUID, CALL_EVENT, CallAnnounced};
pub use answer::Answer;
pub use bridging::{Bridging, holding_bridge, sent_on};
pub use channel::{ChannelLine, audiosocket_in_name};
pub use decoder::{AmiError, Decoder};
pub use device::{extension_state_of, phone_state_of};
pub use dial::{DialEnded, Originated};
pub use ended::{Ended, hangup_cause};
pub use event_name::AmiEvent;
pub use key::KeyReleased;
pub use message::Message;
pub use parked::Parked;
pub use value::{AmiValue, BadAmiValue, uuid_of_ours};

/// A unit that Asterisk sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Its first line, as `Asterisk Call Manager/11.0.0`.
    Banner(String),
    /// An answer or an event.
    Message(Message),
}
