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

/// Declares the commands together with their names, so that the names on the wire and in the code can't differ.
macro_rules! commands {
    ($($(#[$doc:meta])* $variant:ident = $name:tt ($parameters:ty),)*) => {
        /// A command of a program.
        #[derive(Clone, Debug, Serialize, Deserialize)]
        #[serde(tag = "command")]
        pub enum Command {
            $($(#[$doc])* #[serde(rename = $name)] $variant($parameters),)*
        }

        impl Command {
            /// The names of all commands.
            pub const NAMES: &'static [&'static str] = &[$($name),*];

            /// Returns the command's name, as `sendDtmf`.
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
    /// Sets variables of the caller's channel.
    SetVariables = "setVariables" (SetVariables),
    /// Sends the caller to an extension, without asking there first.
    Transfer = "transfer" (Transfer),
    /// Rings an extension, and joins the person who answers with the caller.
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
    /// Lets a campaign's remote agents take calls from a dialler.
    EnableAgentByCampaignId = "enableAgentByCampaignId" (OfCampaign),
    /// Stops a campaign's remote agents from taking calls.
    DisableAgentByCampaignId = "disableAgentByCampaignId" (OfCampaign),
    /// Lets a remote agent take calls from a dialler.
    EnableAgentByUserId = "enableAgentByUserId" (OfUser),
    /// Stops a remote agent from taking calls.
    DisableAgentByUserId = "disableAgentByUserId" (OfUser),
    /// Assigns remote agents to campaigns.
    AssignAgents = "assignAgents" (AssignAgents),
    /// Lists a dialler's remote agents.
    ListOsdialAgents = "listOsdialAgents" (OsdialAgentList),
    /// Lists the lines that are logged in.
    ListOsdialLiveAgents = "listOsdialLiveAgents" (OsdialAgentList),
    /// Lists a dialler's campaigns.
    ListOsdialCampaigns = "listOsdialCampaigns" (ListOsdialCampaigns),
    /// Lists a dialler's lists of leads.
    ListOsdialLists = "listOsdialLists" (OsdialOfCampaign),
    /// Lists a dialler's leads.
    ListOsdialLeads = "listOsdialLeads" (OsdialLeadList),
    /// Lists the statuses that leads may get.
    ListOsdialStatuses = "listOsdialStatuses" (OsdialOfCampaign),
    /// Subscribes to events.
    Subscribe = "subscribe" (Subscribe),
    /// Ends the subscription to events.
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
    /// A call to make.
    Originate {
        /// Idempotency key: requests with the same key give the same call, however often they are repeated.
        #[cfg_attr(
            feature = "openapi",
            schema(min_length = 1, max_length = 255, pattern = "^[!-~]{1,255}$", example = "order-4711")
        )]
        key: String,
        /// The call.
        call: OutboundCall,
    }
    /// A call to end.
    Hangup {
        /// The call.
        call_id: CallId,
    }
    /// A call whose caller is put on hold.
    Hold {
        /// The call.
        call_id: CallId,
    }
    /// A call whose caller is taken off hold.
    Unhold {
        /// The call.
        call_id: CallId,
    }
    /// A call whose caller is parked.
    Park {
        /// The call.
        call_id: CallId,
    }
    /// Variables for the caller's channel.
    SetVariables {
        /// The call.
        call_id: CallId,
        /// Values, by name: on the switch they are `cordboard_NAME`, url-encoded.
        variables: BTreeMap<String, String>,
    }
    /// A caller to send on.
    Transfer {
        /// The call.
        call_id: CallId,
        /// The name of an extension.
        #[cfg_attr(feature = "openapi", schema(pattern = "^[a-z0-9_-]{1,79}$", example = "sales"))]
        target: String,
    }
    /// A caller to join with somebody.
    Bridge {
        /// The call.
        call_id: CallId,
        /// The name of an extension.
        #[cfg_attr(feature = "openapi", schema(pattern = "^[a-z0-9_-]{1,79}$", example = "sales"))]
        target: String,
    }
    /// Words for the assistant to say.
    Say {
        /// The call.
        call_id: CallId,
        /// Text that the assistant says, word for word.
        #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 2000, example = "One moment."))]
        text: String,
    }
    /// Digits to play to the caller's side.
    SendDtmf {
        /// The call.
        call_id: CallId,
        /// The digits, in order.
        #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9*#A-D]{1,32}$", example = "12#"))]
        digits: String,
    }
    /// A call to show.
    GetCall {
        /// The call.
        call_id: CallId,
    }
    /// All agent profiles.
    ListAgentProfiles {}
    /// A change of a stored agent profile. Live calls keep the copy that they started with; new calls see the change within 2 s.
    SetAgentProfile {
        /// The profile.
        profile_id: ProfileId,
        /// Changes of the profile: fields that are left out stay.
        profile: ProfileChange,
    }
    /// All extensions.
    ListExtensions {}
    /// A subscription to events. It replaces an earlier `subscribe` on this socket.
    Subscribe {
        /// The topics.
        #[cfg_attr(feature = "openapi", schema(min_items = 1))]
        topics: BTreeSet<Topic>,
        /// The `seq` of the last event that the program has. It gets the events since then if they are still stored, otherwise a
        /// snapshot. Null gives a snapshot. On a socket that has subscribed before, the events since `after` come again, with the
        /// same `seq`: a program ignores those that it has.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<u64>,
    }
    /// End of the subscription.
    Unsubscribe {}
}
