//! `/api/v1/search`: finds a few records of each kind that the user may read by a few letters or digits.

use actix_web::web;
use cordboard_schema::call::Direction;
use cordboard_schema::composed::composed;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::{SEARCH_AGENTS_MAX, SEARCH_CHARS_MAX, SEARCH_OF_A_KIND_MAX};
use cordboard_schema::permission::{Permission, Permissions};
use cordboard_schema::phone::searched_number;
use cordboard_schema::time::{UnixMs, rfc3339};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::store::{Connection, CustomerQuery, StoreError, query};
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::problem::ApiError;
use crate::web::query::Query;

/// Text to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Search {
    /// A part of a name, a number or a request; at most 100 characters.
    q: String,
}

/// Hits, the best few of each kind. A kind that you may not read is empty.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct SearchView {
    /// Customers, by name, number or e-mail address.
    customers: Vec<SearchHit>,
    /// Leads, by name, number or request; among the newest.
    leads: Vec<SearchHit>,
    /// Calls, by the caller's number or name, or the number dialled; among the newest.
    calls: Vec<SearchHit>,
    /// Phone numbers, by number or label.
    phone_numbers: Vec<SearchHit>,
    /// Users, by name or extension.
    agents: Vec<SearchHit>,
    /// Agent profiles, by name.
    profiles: Vec<SearchHit>,
}

/// A record that was found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SearchHit {
    /// Its id.
    id: String,
    /// Name of the hit.
    title: String,
    /// Detail that distinguishes it from others; may be empty.
    detail: String,
    /// When it came; only of calls and leads.
    #[serde(with = "rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<UnixMs>,
}

impl SearchHit {
    fn new(id: impl ToString, title: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { id: id.to_string(), title: title.into(), detail: detail.into(), at: None }
    }

    fn at(self, at: UnixMs) -> Self {
        Self { at: Some(at), ..self }
    }
}

/// Search terms, as each kind compares them.
struct SearchTerms {
    /// As typed.
    text: String,
    /// In lower case.
    lower: String,
    /// Without separators between digits, if it looks like a number.
    number: String,
}

impl SearchTerms {
    fn of(text: &str) -> Self {
        let number = searched_number(text).unwrap_or_else(|| text.to_owned());
        Self { text: text.to_owned(), lower: composed(text).to_lowercase(), number }
    }

    fn is_in(&self, text: &str) -> bool {
        composed(text).to_lowercase().contains(&self.lower)
    }

    fn is_in_number(&self, number: &str) -> bool {
        number.contains(&self.number)
    }
}

/// Finds customers, leads, calls, numbers, users and assistants by a few letters or digits.
///
/// It is meant for a command palette, which asks at each key press: at most 5 of each kind, newest first. For a complete list use the one of the
/// kind.
#[utoipa::path(
    get,
    operation_id = "search",
    path = "/api/v1/search",
    tag = "figures",
    params(Search),
    responses(
        (status = 200, description = "The matches that you may read", body = SearchView),
        (status = 400, description = "`q` is missing, empty or too long"),
    )
)]
pub(crate) async fn find(
    state: web::Data<WebState>,
    caller: Caller,
    asked: Query<Search>,
) -> Result<web::Json<SearchView>, ApiError> {
    let text = asked.q.trim();
    if text.is_empty() || text.chars().count() > SEARCH_CHARS_MAX {
        return Err(ApiError::BadInput(format!("`q` must have 1 to {SEARCH_CHARS_MAX} characters")));
    }
    let (wanted, permissions, organization_id) =
        (SearchTerms::of(text), caller.permissions(), caller.organization_id);
    let read = move |connection: &mut Connection| found(connection, organization_id, &wanted, permissions);
    Ok(web::Json(state.store.reads().run(read).await?))
}

fn found(
    connection: &mut Connection,
    organization_id: OrganizationId,
    wanted: &SearchTerms,
    permissions: Permissions,
) -> Result<SearchView, StoreError> {
    let mut view = SearchView::default();
    let may = |permission| permissions.contains(permission);
    let limit = i64::from(SEARCH_OF_A_KIND_MAX);
    if may(Permission::CustomersRead) {
        let search = if wanted.number == wanted.text { &wanted.text } else { &wanted.number };
        let asked = CustomerQuery { search: Some(search.clone()), limit, ..CustomerQuery::default() };
        let customers = query::customers(connection, organization_id, asked)?.into_iter();
        view.customers = customers
            .map(|one| {
                let phone = one.phone.map(String::from).unwrap_or_default();
                let detail = if phone.is_empty() { one.email } else { phone };
                SearchHit::new(one.id, one.name, detail)
            })
            .collect();
    }
    if may(Permission::LeadsRead) {
        let asked = (wanted.text.as_str(), wanted.number.as_str());
        let leads = query::leads_with(connection, organization_id, asked, limit)?.into_iter();
        view.leads = leads.map(|one| SearchHit::new(one.id, one.name, one.need).at(one.created_at)).collect();
    }
    if may(Permission::CallsRead) {
        let calls = query::calls_with(connection, organization_id, &wanted.number, limit)?.into_iter();
        view.calls = calls
            .map(|one| {
                // A call of ours is named by whom it was made to.
                let (who, other) = match one.direction {
                    Direction::Outbound => (one.to, one.from),
                    Direction::Inbound | Direction::Internal => (one.from, one.to),
                };
                SearchHit::new(one.id, who.unwrap_or_default(), other.unwrap_or_default()).at(one.started_at)
            })
            .collect();
    }
    if may(Permission::BusinessRead) {
        let numbers = query::phone_numbers(connection, organization_id)?.into_iter();
        view.phone_numbers = few(numbers
            .filter(|did| wanted.is_in_number(did.number.as_str()) || wanted.is_in(&did.answering.label))
            .map(|did| SearchHit::new(did.id, String::from(did.number), did.answering.label)));
    }
    if may(Permission::FloorRead) {
        let agents = query::agents(connection, organization_id, None, SEARCH_AGENTS_MAX)?.into_iter();
        view.agents = few(agents
            .filter(|agent| {
                wanted.is_in(&agent.name)
                    || agent.extension.as_ref().is_some_and(|name| wanted.is_in_number(name))
            })
            .map(|agent| SearchHit::new(agent.user_id, agent.name, agent.extension.unwrap_or_default())));
    }
    if may(Permission::ProfilesRead) {
        let profiles = query::profile_heads(connection, organization_id)?.into_iter();
        view.profiles = few(profiles
            .filter(|profile| wanted.is_in(&profile.name))
            .map(|profile| SearchHit::new(profile.id, profile.name, profile.language)));
    }
    Ok(view)
}

fn few(found: impl Iterator<Item = SearchHit>) -> Vec<SearchHit> {
    found.take(SEARCH_OF_A_KIND_MAX as usize).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_however_it_is_written() {
        assert_eq!(SearchTerms::of("+49 (30) 555-01").number, "+493055501");
        assert_eq!(SearchTerms::of("Ann O'Neill-7").number, "Ann O'Neill-7");
        assert!(SearchTerms::of("030/555").is_in_number("+49030555"));
        assert!(SearchTerms::of("BREN").is_in("Tom Brenner"));
        assert_eq!(SearchTerms::of("-").number, "-", "no number at all");
    }
}
