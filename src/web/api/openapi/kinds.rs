//! Names of kinds in the document. The table of kinds lists them, not the type.

use cordboard_actors::assistant::VOICES;
use cordboard_schema::integration::IntegrationKind;
use serde_json::Value;
use utoipa::Modify;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

/// Lists the voices, and the services at which an organization can have an account.
pub(super) struct Kinds;

impl Modify for Kinds {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let voices: Vec<&str> = VOICES.iter().map(|kind| kind.name.as_str()).collect();
        let services = VOICES.iter().filter(|kind| kind.service.is_some());
        let services = services.filter_map(|kind| kind.integration.as_ref()).map(IntegrationKind::as_str);
        let integrations: Vec<&str> =
            [IntegrationKind::TWILIO.as_str()].into_iter().chain(services).collect();
        for (schema, names) in [("VoiceName", voices), ("IntegrationKind", integrations)] {
            let schema = document.components.as_mut().and_then(|parts| parts.schemas.get_mut(schema));
            if let Some(RefOr::T(Schema::Object(object))) = schema {
                object.enum_values = Some(names.into_iter().map(Value::from).collect());
            }
        }
    }
}
