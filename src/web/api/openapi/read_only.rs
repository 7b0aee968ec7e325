//! Members that bodies may have because the API shows them, and that only the server sets: serde never sees them, so utoipa does not know them.

use cordboard_schema::activity::ActivityChange;
use cordboard_schema::appointment::AppointmentChange;
use cordboard_schema::customer::CustomerChange;
use cordboard_schema::lead::LeadChange;
use cordboard_schema::profile_body::ProfileBody;
use cordboard_schema::profile_change::ProfileChange;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::both_ways::references;
use crate::web::api::agents::AgentBody;
use crate::web::api::call_notes::CallNoteBody;
use crate::web::api::call_views::SavedCallViewBody;
use crate::web::api::campaigns::{CampaignBody, CampaignChange, CampaignInPlaceBody};
use crate::web::api::choices::ChoiceBody;
use crate::web::api::contact_links::{ContactLinkBody, ContactLinkChange, ContactLinkInPlaceBody};
use crate::web::api::custom_tools::CustomToolBody;
use crate::web::api::dtmf_actions::{DtmfActionBody, KeyActionBody};
use crate::web::api::examples::ExampleChange;
use crate::web::api::extensions::{ExtensionBody, ExtensionChange};
use crate::web::api::integrations::IntegrationBody;
use crate::web::api::onboarding::OnboardingBody;
use crate::web::api::organizations::OrganizationChange;
use crate::web::api::phone_numbers::PhoneNumberBody;
use crate::web::api::quality::ScoreBody;
use crate::web::api::queues::QueueBody;
use crate::web::api::report_mail::ReportMailChange;
use crate::web::api::talk_links::{TalkLinkBody, TalkLinkChange, TalkLinkInPlaceBody};
use crate::web::api::users::UserChange;
use crate::web::api::webhooks::WebhookBody;
use crate::web::api::wrap_up_drafts::WrapUpDraftBody;
use crate::web::body::ReadOnly;

/// The bodies that may have such members, by the names of their schemas. A body that is read as a `ThingBody` belongs here.
fn bodies() -> [(String, &'static [&'static str]); 35] {
    [
        of::<ActivityChange>(),
        of::<AgentBody>(),
        of::<AppointmentChange>(),
        of::<CallNoteBody>(),
        of::<CampaignBody>(),
        of::<CampaignChange>(),
        of::<CampaignInPlaceBody>(),
        of::<ChoiceBody>(),
        of::<ContactLinkBody>(),
        of::<ContactLinkChange>(),
        of::<ContactLinkInPlaceBody>(),
        of::<CustomToolBody>(),
        of::<CustomerChange>(),
        of::<DtmfActionBody>(),
        of::<ExampleChange>(),
        of::<ExtensionBody>(),
        of::<ExtensionChange>(),
        of::<IntegrationBody>(),
        of::<KeyActionBody>(),
        of::<LeadChange>(),
        of::<OnboardingBody>(),
        of::<OrganizationChange>(),
        of::<PhoneNumberBody>(),
        of::<ProfileBody>(),
        of::<ProfileChange>(),
        of::<QueueBody>(),
        of::<SavedCallViewBody>(),
        of::<ScoreBody>(),
        of::<TalkLinkBody>(),
        of::<TalkLinkChange>(),
        of::<TalkLinkInPlaceBody>(),
        of::<UserChange>(),
        of::<ReportMailChange>(),
        of::<WebhookBody>(),
        of::<WrapUpDraftBody>(),
    ]
}

fn of<T: ReadOnly + ToSchema>() -> (String, &'static [&'static str]) {
    (T::name().into_owned(), T::NAMES)
}

/// Adds these members to the schemas of a document.
pub(super) fn complete(document: &mut Value) {
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    let Some(schemas) = schemas else { return };
    for (body, members) in bodies() {
        members.iter().for_each(|member| add(schemas, &body, member));
    }
}

/// Adds a member to a schema. `headers.ends_with` is a member of the schema that `headers` refers to.
fn add(schemas: &mut Map<String, Value>, schema: &str, path: &str) {
    let properties = schemas.get_mut(schema).and_then(|schema| schema.get_mut("properties"));
    let Some(properties) = properties.and_then(Value::as_object_mut) else { return };
    match path.split_once('.') {
        Some((member, rest)) => {
            let within = properties.get(member).map(references).unwrap_or_default();
            within.iter().for_each(|schema| add(schemas, schema, rest));
        }
        None => {
            properties.entry(path).or_insert_with(ignored);
        }
    }
}

fn ignored() -> Value {
    json!({ "description": "Only the server sets it. It may be sent back as it is shown." })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_the_server_are_in_the_document() {
        let document: Value = serde_json::from_slice(&super::super::DOCUMENT).unwrap();
        for (body, members) in bodies() {
            let properties = &document["components"]["schemas"][&body]["properties"];
            let own = members.iter().filter(|member| !member.contains('.'));
            // A member of the body itself has another text: naming it here, too, would drop it silently.
            own.for_each(|member| assert_eq!(properties[*member], ignored(), "{body}: {member}"));
        }
        let within = [("HeaderBody", "ends_with"), ("SentScore", "corrections")];
        for (schema, member) in within {
            assert!(
                document["components"]["schemas"][schema]["properties"].get(member).is_some(),
                "{schema}"
            );
        }
    }
}
