//! Messages of programs about a dialler's remote agents, over HTTP and over the control socket.

use serde::{Deserialize, Serialize};

/// Declares parameters.
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

/// Declares filters of lists; a filter that is left out doesn't narrow the list.
macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $ty:ty,)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, Default, Serialize, Deserialize)]
            #[cfg_attr(feature = "openapi", derive(utoipa::IntoParams, utoipa::ToSchema))]
            #[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
            #[serde(deny_unknown_fields)]
            pub struct $name {
                $(
                    $(#[$fdoc])*
                    #[serde(default, skip_serializing_if = "Option::is_none")]
                    pub $field: Option<$ty>,
                )*
            }
        )*
    };
}

parameters! {
    /// All remote agents of a campaign.
    OfCampaign {
        /// The campaign's id, exactly as the dialler has it.
        #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 20, example = "TEST1"))]
        campaign_id: String,
    }
    /// A remote agent.
    OfUser {
        /// Its first user, exactly as the dialler has it (`user_start`).
        #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 20, example = "1001"))]
        user_id: String,
    }
    /// Remote agents to assign to campaigns: either all of them or none are assigned.
    AssignAgents {
        /// The remote agents and their campaigns.
        #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 1000))]
        assignments: Vec<AgentAssignment>,
    }
    /// A remote agent and its campaign.
    AgentAssignment {
        /// Its first user, exactly as the dialler has it (`user_start`).
        #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 20, example = "1001"))]
        user_id: String,
        /// The campaign's id, exactly as the dialler has it.
        #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 20, example = "TEST1"))]
        campaign_id: String,
    }
    /// All campaigns of the dialler.
    ListOsdialCampaigns {}
}

lists! {
    /// Filter of agents.
    OsdialAgentList {
        /// Only agents of this campaign.
        campaign_id: String,
        /// `next_cursor` of the previous page.
        cursor: String,
        /// Items per page, 1 to 200; 50 by default.
        limit: u32,
    }
    /// Filter of a campaign's list.
    OsdialOfCampaign {
        /// The campaign.
        campaign_id: String,
    }
    /// Filter of leads.
    OsdialLeadList {
        /// Only this lead.
        lead_id: u32,
        /// Only leads of this list.
        list_id: u64,
        /// Only leads with this phone number, as the dialler has it.
        phone_number: String,
        /// Only leads with this status.
        status: String,
        /// `next_cursor` of the previous page.
        cursor: String,
        /// Items per page, 1 to 200; 50 by default.
        limit: u32,
    }
}
