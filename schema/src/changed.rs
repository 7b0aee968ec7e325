//! Change notices for pages: kind and id of an organization's object that has changed. They never carry the new value; pages that
//! may read it request it.

use serde::{Deserialize, Serialize};

use crate::ids::OrganizationId;
use crate::permission::Permission;

/// A kind of object that pages show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Thing {
    /// An alarm of a live call.
    Alarm,
    /// Rules that raise alarms.
    AlarmRules,
    /// An event or a to-do.
    Activity,
    /// An agent, with their settings for taking calls.
    Agent,
    /// A program's token.
    ApiToken,
    /// An appointment.
    Appointment,
    /// The business profile.
    BusinessProfile,
    /// A caller who is to be called back.
    Callback,
    /// A campaign, or its list.
    Campaign,
    /// Progress of a campaign: its contacts and their results. The id is the campaign's.
    Contact,
    /// A custom tool of an agent profile.
    CustomTool,
    /// A customer.
    Customer,
    /// The dial policy.
    DialPolicy,
    /// Dispositions.
    Disposition,
    /// A name that calls can be transferred to.
    Extension,
    /// The contents that were extracted from a call.
    Extraction,
    /// An account at another service.
    Integration,
    /// An invitation to the organization.
    Invitation,
    /// A lead.
    Lead,
    /// A text message.
    Message,
    /// Notices by mail and text message.
    Notices,
    /// Steps that must still be done before the first call.
    Onboarding,
    /// The organization itself.
    Organization,
    /// A phone number of the organization.
    PhoneNumber,
    /// A reason to be away.
    PresenceReason,
    /// An agent profile: its draft, its versions, its keys.
    Profile,
    /// A queue.
    Queue,
    /// The score of a call.
    Score,
    /// Questions of the scorecard.
    Scorecard,
    /// Permission to supervise live calls.
    SupervisionPolicy,
    /// The do-not-call list.
    Suppression,
    /// A talk link.
    TalkLink,
    /// A user.
    User,
    /// A webhook, or a delivery to it.
    Webhook,
    /// An agent's wrap-up of a call.
    WrapUp,
}

impl Thing {
    /// Returns the permission to read such an object. Only users and programs that have it get the notices.
    pub const fn read_by(self) -> Permission {
        match self {
            Self::Activity | Self::Appointment => Permission::AppointmentsRead,
            Self::Agent
            | Self::Callback
            | Self::Disposition
            | Self::PresenceReason
            | Self::Queue
            | Self::WrapUp => Permission::FloorRead,
            Self::ApiToken => Permission::TokensWrite,
            Self::BusinessProfile
            | Self::Onboarding
            | Self::Organization
            | Self::PhoneNumber
            | Self::TalkLink => Permission::BusinessRead,
            Self::CustomTool | Self::Profile => Permission::ProfilesRead,
            Self::Customer => Permission::CustomersRead,
            Self::DialPolicy | Self::Extension => Permission::DiallingRead,
            Self::Integration | Self::Notices | Self::Webhook => Permission::IntegrationsRead,
            Self::Invitation | Self::User => Permission::UsersRead,
            Self::Campaign | Self::Contact | Self::Lead | Self::Suppression => Permission::LeadsRead,
            Self::Message => Permission::MessagesRead,
            Self::Extraction | Self::SupervisionPolicy => Permission::CallsRead,
            Self::Alarm | Self::AlarmRules | Self::Score | Self::Scorecard => Permission::CallsSupervise,
        }
    }

    /// Returns the kind of object that an audit action changed. None if pages do not follow it.
    pub fn of_action(action: &str) -> Option<Self> {
        let (of, done) = action.split_once('.')?;
        Some(match (of, done) {
            // The user only read or tried something.
            (_, "exported" | "looked_at" | "played" | "tried" | "extraction_tried" | "voice_previewed") => {
                return None;
            }
            ("user", "invited" | "uninvited") => Self::Invitation,
            ("activity", _) => Self::Activity,
            ("agent", _) => Self::Agent,
            ("alarm", _) => Self::Alarm,
            ("alarm_rules", _) => Self::AlarmRules,
            ("api_token", _) => Self::ApiToken,
            ("appointment", _) => Self::Appointment,
            ("business_profile", _) => Self::BusinessProfile,
            ("callback", _) => Self::Callback,
            ("campaign", _) => Self::Campaign,
            ("custom_tool", _) => Self::CustomTool,
            ("customer" | "customers", _) => Self::Customer,
            ("dial_policy", _) => Self::DialPolicy,
            ("disposition", _) => Self::Disposition,
            ("extension", _) => Self::Extension,
            ("integration", _) => Self::Integration,
            ("lead" | "leads", _) => Self::Lead,
            ("message", _) => Self::Message,
            ("notices", _) => Self::Notices,
            ("onboarding", _) => Self::Onboarding,
            ("organization", _) => Self::Organization,
            ("phone_number", _) => Self::PhoneNumber,
            ("presence_reason", _) => Self::PresenceReason,
            ("profile", _) => Self::Profile,
            ("queue", _) => Self::Queue,
            ("score", _) => Self::Score,
            ("scorecard", _) => Self::Scorecard,
            ("supervision_policy", _) => Self::SupervisionPolicy,
            ("suppression", _) => Self::Suppression,
            ("talk_link", _) => Self::TalkLink,
            ("totp" | "user", _) => Self::User,
            ("webhook", _) => Self::Webhook,
            ("wrap_up", _) => Self::WrapUp,
            _ => return None,
        })
    }
}

/// A change of an organization's object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The organization that owns it.
    pub organization_id: OrganizationId,
    /// Kind of the object.
    pub what: Thing,
    /// Id of the object, or its name if it has no id. The organization's id if there is only one such object. Empty if several
    /// changed at once.
    pub id: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permission::Role;

    #[test]
    fn an_audit_action_says_what_was_changed() {
        assert_eq!(Thing::of_action("lead.updated"), Some(Thing::Lead));
        assert_eq!(Thing::of_action("leads.imported"), Some(Thing::Lead));
        assert_eq!(Thing::of_action("leads.exported"), None, "nothing was changed");
        assert_eq!(Thing::of_action("customers.imported"), Some(Thing::Customer));
        assert_eq!(Thing::of_action("customers.exported"), None, "nothing was changed");
        assert_eq!(Thing::of_action("leads.looked_at"), None);
        assert_eq!(Thing::of_action("profile.tried"), None);
        assert_eq!(Thing::of_action("profile.extraction_tried"), None);
        assert_eq!(Thing::of_action("profile.voice_previewed"), None);
        assert_eq!(Thing::of_action("user.invited"), Some(Thing::Invitation));
        assert_eq!(Thing::of_action("user.joined"), Some(Thing::User));
        assert_eq!(Thing::of_action("message.updated"), Some(Thing::Message));
        assert_eq!(Thing::of_action("call.said"), None, "calls have events of their own");
        assert_eq!(
            Thing::of_action("contact_link.changed"),
            None,
            "its campaign is noted, whose id the line lacks"
        );
        assert_eq!(Thing::of_action("sign_in"), None);
        assert_eq!(Thing::of_action("something.of_tomorrow"), None);
    }

    #[test]
    fn agents_are_notified_only_of_what_they_may_read() {
        for secret in [
            Thing::ApiToken,
            Thing::CustomTool,
            Thing::Integration,
            Thing::Invitation,
            Thing::Notices,
            Thing::Profile,
            Thing::User,
            Thing::Webhook,
        ] {
            assert!(!Role::Agent.may(secret.read_by()), "{secret:?}");
        }
        assert!(Role::Agent.may(Thing::Lead.read_by()));
        assert!(!Role::Supervisor.may(Thing::Webhook.read_by()));
    }
}
