//! Identifiers, each with its own type, so that one can't be passed for another.
//!
//! Ids that other systems or tables refer to are UUID v7 (sortable by time). Ids that are unique only within one call are small
//! numbers that the call's machine assigns, so that a replay of the journal gives the same ones.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use crate::kinds::OutsideKind;
use crate::switch::SwitchKind;
use crate::time::UnixMs;
use crate::wire::twilio::CallSid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

uuid_id!(
    /// An organization: the tenant that every other row belongs to.
    OrganizationId
);
uuid_id!(
    /// A call, one caller's conversation.
    CallId
);

impl CallId {
    /// Returns the lowest id of a call that begins at this moment: ids are ordered by time (UUID v7, RFC 9562).
    pub fn first_at(moment: UnixMs) -> Self {
        let ms = u128::try_from(moment.0).unwrap_or(0).min((1 << 48) - 1);
        Self(Uuid::from_u128(ms << 80))
    }

    /// Returns when the call began, as its id says.
    pub fn began_at(self) -> UnixMs {
        UnixMs(i64::try_from(self.0.as_u128() >> 80).unwrap_or(i64::MAX))
    }

    /// Returns the channel of the person whom a hand-off of this call asks to take over. It is always the same, so that any
    /// process that takes over the call knows it.
    #[must_use]
    pub fn person(self, handoff: EffectId) -> Uuid {
        Uuid::new_v5(&self.0, &handoff.0.to_be_bytes())
    }

    /// Returns the channel of a phone that is rung to join this call here, and the name of its audio. Its first bytes mark it, so
    /// that late audio of such a phone is not taken for a new call.
    #[must_use]
    pub fn phone(self, ringing: EffectId) -> Uuid {
        let mut bytes = Uuid::new_v5(&self.person(ringing), PHONE_MARK).into_bytes();
        bytes[..PHONE_MARK.len()].copy_from_slice(PHONE_MARK);
        (bytes[6], bytes[8]) = (0x80 | (bytes[6] & 0x0f), 0x80 | (bytes[8] & 0x3f));
        Uuid::from_bytes(bytes)
    }

    /// Whether this is the channel of such a phone, of any call.
    #[must_use]
    pub fn is_phone(channel: Uuid) -> bool {
        channel.get_version_num() == 8 && channel.as_bytes().starts_with(PHONE_MARK)
    }
}

/// First bytes of the channels of phones that we ring to join a call.
const PHONE_MARK: &[u8; 5] = b"phone";

uuid_id!(
    /// A note that a user wrote about a call.
    CallNoteId
);
uuid_id!(
    /// A call that was shared with a colleague.
    CallShareId
);
uuid_id!(
    /// A saved view of the list of calls.
    CallViewId
);
uuid_id!(
    /// An agent profile: the assistant's persona and settings.
    ProfileId
);
uuid_id!(
    /// A talk link, through which visitors talk with the assistant in their browser.
    TalkLinkId
);
uuid_id!(
    /// A contact link, through which another service adds people to a campaign.
    ContactLinkId
);
uuid_id!(
    /// An activity: something done for a customer on a call, such as a message taken.
    ActivityId
);

uuid_id!(
    /// A user: a person who signs in.
    UserId
);
uuid_id!(
    /// An API token, which identifies a program.
    ApiTokenId
);
uuid_id!(
    /// A sign-in of a user, or an API token, that opened something that lasts longer than a request.
    SignInId
);
uuid_id!(
    /// An invitation to become a user.
    InvitationId
);
uuid_id!(
    /// A line of the audit log.
    AuditId
);
uuid_id!(
    /// A retention run: records that were deleted because their retention period was over.
    RetentionRunId
);
uuid_id!(
    /// Records that were deleted in one transaction of a retention run.
    RetentionPartId
);
uuid_id!(
    /// A phone number of the organization.
    PhoneNumberId
);
uuid_id!(
    /// A customer: a person who called, or whom we called.
    CustomerId
);
uuid_id!(
    /// A lead: a caller's request to the business.
    LeadId
);
uuid_id!(
    /// A campaign: a list of people who are called.
    CampaignId
);
uuid_id!(
    /// A person on a campaign's list.
    ContactId
);
uuid_id!(
    /// An appointment.
    AppointmentId
);
uuid_id!(
    /// A text message.
    MessageId
);
uuid_id!(
    /// An outbound webhook.
    WebhookId
);
uuid_id!(
    /// One message to one outbound webhook, however often it is tried.
    DeliveryId
);
uuid_id!(
    /// A custom tool: an HTTP request that a profile's assistant may have made.
    CustomToolId
);
uuid_id!(
    /// A replay: a call, or a profile's examples, run again against a profile.
    ReplayId
);
uuid_id!(
    /// An alarm of a call.
    AlarmId
);
uuid_id!(
    /// A shadow's record of a call.
    ShadowCallId
);
uuid_id!(
    /// An example: a call, or one exchange of it, with what is expected of a profile.
    ExampleId
);
uuid_id!(
    /// A queue.
    QueueId
);
uuid_id!(
    /// A disposition: a call's result for the business.
    DispositionId
);
uuid_id!(
    /// A reason for which an agent can be away.
    PresenceReasonId
);
uuid_id!(
    /// A caller who is to be called back.
    CallbackId
);

impl ActivityId {
    /// Returns the id of what `effect` of `call` made at this time. It is always the same for the same action, and a UUID v7, so
    /// that ids sort by time.
    pub fn of(call: CallId, effect: EffectId, at: UnixMs) -> Self {
        let action = Uuid::new_v5(&call.0, &effect.0.to_be_bytes());
        let mut chance = [0; 10];
        chance.copy_from_slice(&action.as_bytes()[..10]);
        let ms = u64::try_from(at.0).unwrap_or(0);
        Self(uuid::Builder::from_unix_timestamp_millis(ms, &chance).into_uuid())
    }
}

number_id!(
    /// An offer of a call to an agent. The router numbers offers, and continues after those of earlier processes.
    OfferId
);
number_id!(
    /// An open desk: a tab of an agent's browser, or a program that acts as one. Numbered like offers.
    DeskId
);
number_id!(
    /// A leg of a call, numbered from 1 in the order of joining. A leg that returns after an interruption is a new leg.
    LegId
);
number_id!(
    /// One utterance on a call's cords (a prompt, a response of a provider), numbered from 1 by its speaker.
    ItemId
);
number_id!(
    /// A request of the call's machine whose answer comes back as a fact (a tool run, a capture).
    EffectId
);

/// A cord, identified by its two ends: audio from one leg's mouth to another leg's ear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CordId {
    /// The leg that is heard.
    pub from: LegId,
    /// The leg that hears.
    pub to: LegId,
}

impl fmt::Display for CordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}->{}", self.from, self.to)
    }
}

/// A switch's id of the call, such as AudioSocket's UUID. Two switches may use the same text, so the kind is part of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OutsideId {
    /// The kind of system that gave it.
    pub kind: OutsideKind,
    /// The name, as the other system wrote it (UUIDs in lower case with hyphens).
    pub value: String,
}

impl OutsideId {
    /// Returns a name of this kind that is a UUID: the other system's own, or ours if it has none.
    pub fn new(kind: OutsideKind, name: Uuid) -> Self {
        Self { kind, value: name.to_string() }
    }

    /// Returns the name of an AudioSocket connection.
    pub fn audiosocket(uuid: Uuid) -> Self {
        Self::new(OutsideKind::Audiosocket, uuid)
    }

    /// Returns the name of a FreeSWITCH channel (`Unique-ID`).
    pub fn freeswitch(channel: Uuid) -> Self {
        Self::new(OutsideKind::Freeswitch, channel)
    }

    /// Returns the name of a call at Twilio.
    pub fn twilio(call: &CallSid) -> Self {
        Self { kind: OutsideKind::Twilio, value: call.to_string() }
    }

    /// Returns our name for a caller in a browser.
    pub fn web(name: Uuid) -> Self {
        Self::new(OutsideKind::Web, name)
    }

    /// Returns our name for a call that we make at Twilio, until Twilio has named it.
    pub fn placed_at_twilio(channel: Uuid) -> Self {
        Self::new(OutsideKind::Twilio, channel)
    }

    /// Returns ElevenLabs' name for its conversation with the caller.
    pub fn elevenlabs(conversation_id: &str) -> Self {
        Self { kind: OutsideKind::Elevenlabs, value: conversation_id.to_owned() }
    }

    /// Returns the call at Twilio with this name, if it is one.
    pub fn at_twilio(&self) -> Option<CallSid> {
        match self.kind {
            OutsideKind::Twilio => self.value.parse().ok(),
            _ => None,
        }
    }

    /// Returns the kind of switch that gave this name; none if we gave it, or if it is a browser's.
    pub fn given_by(&self) -> Option<SwitchKind> {
        let is_ours = self.kind == OutsideKind::Twilio && self.at_twilio().is_none();
        SwitchKind::of_names(self.kind).filter(|_| !is_ours)
    }

    /// Returns the channel with this name at a switch that gives names of this kind; none for a name of another kind. For Twilio
    /// it is made of the digits of Twilio's own name of the call, and a name that we gave has none.
    pub fn channel(&self, kind: OutsideKind) -> Option<Uuid> {
        match self.kind {
            of_another if of_another != kind => None,
            OutsideKind::Twilio => self.at_twilio()?.channel(),
            _ => Uuid::parse_str(&self.value).ok(),
        }
    }
}

impl fmt::Display for OutsideId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.as_str(), self.value)
    }
}
