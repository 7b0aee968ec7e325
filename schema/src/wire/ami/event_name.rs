//! The events that we use.

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// An event of Asterisk that we read.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum AmiEvent {
            $($(#[$doc])* $name,)*
        }

        impl AmiEvent {
            /// Returns the event of this name, if we use it.
            pub fn of(name: &str) -> Option<Self> {
                match name {
                    $($text => Some(Self::$name),)*
                    _ => None,
                }
            }
        }
    };
}

events! {
    /// Asterisk has started completely: before that it accepts actions and knows nothing.
    FullyBooted = "FullyBooted",
    /// Asterisk is shutting down.
    Shutdown = "Shutdown",
    /// A channel was created.
    Newchannel = "Newchannel",
    /// Its state changed.
    Newstate = "Newstate",
    /// Its name changed.
    Rename = "Rename",
    /// The channel is gone.
    Hangup = "Hangup",
    /// Its phone has hung up.
    HangupRequest = "HangupRequest",
    /// Asterisk, or another program's action, ends the channel.
    SoftHangupRequest = "SoftHangupRequest",
    /// It has joined a bridge.
    BridgeEnter = "BridgeEnter",
    /// It has left a bridge.
    BridgeLeave = "BridgeLeave",
    /// A party of a bridge has sent the other one on.
    BlindTransfer = "BlindTransfer",
    /// A channel is being dialled.
    DialBegin = "DialBegin",
    /// A dialled channel changed its state.
    DialState = "DialState",
    /// Dialling it has ended.
    DialEnd = "DialEnd",
    /// An originate has ended.
    OriginateResponse = "OriginateResponse",
    /// The dialplan, or a program, sends an event.
    UserEvent = "UserEvent",
    /// A key was released.
    DtmfEnd = "DTMFEnd",
    /// A channel is in the car park.
    ParkedCall = "ParkedCall",
    /// A phone has put its call on hold.
    Hold = "Hold",
    /// A phone has taken its call off hold.
    Unhold = "Unhold",
    /// An entry of a list of channels.
    CoreShowChannel = "CoreShowChannel",
    /// An entry of a list of channels with their variables.
    Status = "Status",
    /// An entry of the list of registered phones.
    ContactList = "ContactList",
}
