//! Rows of campaigns and their contacts, as SQL: a test begins with these rows, however they came to exist.

use std::fmt::Display;

use cordboard_schema::ids::OrganizationId;

/// Creates a running campaign with these settings, as JSON. It has its organization's id.
pub(crate) fn campaign_row(owner: OrganizationId, settings: &str, at: &dyn Display) -> String {
    format!(
        "INSERT INTO campaigns (id, organization_id, name, state, settings, created_at, updated_at) \
         VALUES ('{owner}', '{owner}', 'Spring sale', 'running', '{settings}', '{at}', '{at}'); "
    )
}

/// Creates a contact of that campaign who has agreed, in this state and with this number of tries.
pub(crate) fn contact_row(
    owner: OrganizationId,
    id: impl Display,
    number: impl Display,
    (state, tries): (&str, u32),
    at: &dyn Display,
) -> String {
    format!(
        "INSERT INTO contacts (id, organization_id, campaign_id, number, variables, consent, state, next_at, tries, created_at, updated_at) \
         VALUES ('{id}', '{owner}', '{owner}', '{number}', '{{}}', 'form 7', '{state}', '{at}', {tries}, '{at}', '{at}'); "
    )
}
