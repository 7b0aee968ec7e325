//! Commands of programs.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    AssignAgents, ListOsdialCampaigns, OfCampaign, OfUser, OsdialAgentList, OsdialLeadList, OsdialOfCampaign,
    Topic,
};
use crate::call_list::CallList;
use crate::ids::{CallId, ProfileId};
use crate::outbound::OutboundCall;
use crate::profile_change::ProfileChange;

/// Declares the commands together with their names, so that the name on the wire and the one in the code can't part.
macro_rules! commands {
    ($($(#[$doc:meta])* $variant:ident = $name:tt ($parameters:ty),)*) => {
        /// A command of a program.
        #[derive(Clone, Debug, Serialize, Deserialize)]
        #[serde(tag = "command")]
        pub enum Command {
            $($(#[$doc])* #[serde(rename = $name)] $variant($parameters),)*
        }

        impl Command {
            /// The name of every command.
            pub const NAMES: &'static [&'static str] = &[$($name),*];

            /// The command's name, as `sendDtmf`.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $name,)*
                }
            }
        }
    };
}

commands! {
    /// Makes a call.
    Originate = "originate" (Box<Originate>),
    /// Ends a call.
    Hangup = "hangup" (Hangup),
    /// Puts the caller on hold.
    Hold = "hold" (Hold),
    /// Takes the caller off hold.
    Unhold = "unhold" (Unhold),
    /// Parks the caller.
    Park = "park" (Park),
    /// Gives the caller's channel variables.
    SetVariables = "setVariables" (SetVariables),
    /// Sends the caller to an extension, without asking there first.
    Transfer = "transfer" (Transfer),
    /// Rings an extension, and joins who answers there with the caller.
    Bridge = "bridge" (Bridge),
    /// Has the assistant say something.
    Say = "say" (Say),
    /// Plays digits to the caller's side.
    SendDtmf = "sendDtmf" (SendDtmf),
    /// Lists calls, newest first.
    ListCalls = "listCalls" (Box<CallList>),
    /// Shows a call.
    GetCall = "getCall" (GetCall),
    /// Lists the agent profiles.
    ListAgentProfiles = "listAgentProfiles" (ListAgentProfiles),
    /// Changes an agent profile.
    SetAgentProfile = "setAgentProfile" (Box<SetAgentProfile>),
    /// Lists the extensions.
    ListExtensions = "listExtensions" (ListExtensions),
    /// Has a dialler keep lines of remote agents.
    EnableAgentByCampaignId = "enableAgentByCampaignId" (OfCampaign),
    /// Has it keep them no more.
    DisableAgentByCampaignId = "disableAgentByCampaignId" (OfCampaign),
    /// Has a dialler keep lines of a remote agent.
    EnableAgentByUserId = "enableAgentByUserId" (OfUser),
    /// Has it keep them no more.
    DisableAgentByUserId = "disableAgentByUserId" (OfUser),
    /// Gives remote agents to campaigns.
    AssignAgents = "assignAgents" (AssignAgents),
    /// Lists a dialler's remote agents.
    ListOsdialAgents = "listOsdialAgents" (OsdialAgentList),
    /// Lists the lines that somebody is logged in with.
    ListOsdialLiveAgents = "listOsdialLiveAgents" (OsdialAgentList),
    /// Lists its campaigns.
    ListOsdialCampaigns = "listOsdialCampaigns" (ListOsdialCampaigns),
    /// Lists its lists of leads.
    ListOsdialLists = "listOsdialLists" (OsdialOfCampaign),
    /// Lists its leads.
    ListOsdialLeads = "listOsdialLeads" (OsdialLeadList),
    /// Lists the results that leads may get.
    ListOsdialStatuses = "listOsdialStatuses" (OsdialOfCampaign),
    /// Asks for events.
    Subscribe = "subscribe" (Subscribe),
    /// Asks for no more events.
    Unsubscribe = "unsubscribe" (Unsubscribe),
}

/// Declares the parameters of a command.
macro_rules! parameters {
    ($($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $ty:ty,)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, Serialize, Deserialize)]
            #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
            #[serde(deny_unknown_fields)]
            pub struct $name {
                $($(#[$fdoc])* pub $field: $ty,)*
            }
        )*
    };
}

parameters! {
    /// A call that is to be made.
    Originate {
        /// Idempotency key: the same key gives the same call, however often it is asked for.
        #[cfg_attr(
            feature = "openapi",
            schema(min_length = 1, max_length = 255, pattern = "^[!-~]{1,255}$", example = "order-4711")
        )]
        key: String,
        /// The call.
        call: OutboundCall,
    }
    /// A call that is to end.
    Hangup {
        /// The call.
        call_id: CallId,
    }
    /// A call whose caller is to be put on hold.
    Hold {
        /// The call.
        call_id: CallId,
    }
    /// A call whose caller is to be taken off hold.
    Unhold {
        /// The call.
        call_id: CallId,
    }
    /// A call whose caller is to be parked.
    Park {
        /// The call.
        call_id: CallId,
    }
    /// Variables for the caller's channel.
    SetVariables {
        /// The call.
        call_id: CallId,
        /// Values, by name: the switch has them as `cordboard_NAME`, url-encoded.
        variables: BTreeMap<String, String>,
    }
    /// A caller who is to be sent on.
    Transfer {
        /// The call.
        call_id: CallId,
        /// The name of an extension.
        #[cfg_attr(feature = "openapi", schema(pattern = "^[a-z0-9_-]{1,79}$", example = "sales"))]
        target: String,
    }
    /// A caller who is to be joined with somebody.
    Bridge {
        /// The call.
        call_id: CallId,
        /// The name of an extension.
        #[cfg_attr(feature = "openapi", schema(pattern = "^[a-z0-9_-]{1,79}$", example = "sales"))]
        target: String,
    }
    /// Words for the assistant.
    Say {
        /// The call.
        call_id: CallId,
        /// Text that the assistant says, word for word.
        #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 2000, example = "One moment."))]
        text: String,
    }
    /// Digits for the caller's side.
    SendDtmf {
        /// The call.
        call_id: CallId,
        /// The digits, in order.
        #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9*#A-D]{1,32}$", example = "12#"))]
        digits: String,
    }
    /// A call that is to be shown.
    GetCall {
        /// The call.
        call_id: CallId,
    }
    /// All agent profiles.
    ListAgentProfiles {}
    /// A change of a stored agent profile. Live calls keep the copy that they started with; the next ones see it within 2 s.
    SetAgentProfile {
        /// The profile.
        profile_id: ProfileId,
        /// Changes of the profile: fields that are not named stay.
        profile: ProfileChange,
    }
    /// All extensions.
    ListExtensions {}
    /// Events that are wanted. They take the place of those of an earlier `subscribe` on this socket.
    Subscribe {
        /// Of what.
        #[cfg_attr(feature = "openapi", schema(min_items = 1))]
        topics: BTreeSet<Topic>,
        /// The `seq` of the last event that the program has: it gets what came since then where that is still kept, else a snapshot.
        /// None gives a snapshot. On a socket that has subscribed before, the events since `after` come again, with the same `seq`: a
        /// program drops what it has.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<u64>,
    }
    /// No more events.
    Unsubscribe {}
}
