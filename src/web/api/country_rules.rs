//! `/api/v1/country-rules`: when and how often people of each country may be called. Campaigns follow this table.

use actix_web::web;
use cordboard_campaigns::countries::states::STATES;
use cordboard_campaigns::countries::{COUNTRIES, CountryRule, STRICTEST, Window};
use serde::Serialize;
use utoipa::ToSchema;

use crate::web::page::Page;

/// Hours of a day in which people may be called.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallingWindow {
    /// First minute of the callee's day.
    from_minute: u16,
    /// Last minute of the callee's day, exclusive.
    to_minute: u16,
}

/// The rules for numbers of a country, or of a state with stricter rules. Nobody is called on public holidays.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CountryRuleView {
    /// ISO 3166-1 alpha-2, or `*` for all countries without rules of their own.
    country: &'static str,
    /// The state; null for the rules of the country.
    state: Option<String>,
    /// Hours from Monday to Friday; empty if nobody may be called.
    weekdays: Vec<CallingWindow>,
    /// Hours on Saturdays.
    saturday: Vec<CallingWindow>,
    /// Hours on Sundays.
    sunday: Vec<CallingWindow>,
    /// Calls to one number within 24 h.
    per_day_max: u32,
    /// Calls to one number within 30 days.
    per_30_days_max: u32,
    /// Whether a person's consent is required before the first call.
    needs_consent: bool,
    /// Laws and codes that the rules follow. It says so if no rule about hours is known.
    source: &'static str,
    /// The law that defines the holidays.
    holidays_source: &'static str,
}

impl CountryRuleView {
    fn of(rule: &CountryRule, state: Option<&str>) -> Self {
        Self {
            country: rule.country,
            state: state.map(str::to_owned),
            weekdays: windows(rule.weekdays),
            saturday: windows(rule.saturday),
            sunday: windows(rule.sunday),
            per_day_max: rule.per_day_max,
            per_30_days_max: rule.per_30_days_max,
            needs_consent: rule.needs_consent,
            source: rule.source,
            holidays_source: rule.holidays_source,
        }
    }
}

fn windows(windows: &[Window]) -> Vec<CallingWindow> {
    windows.iter().map(|(from, to)| CallingWindow { from_minute: *from, to_minute: *to }).collect()
}

/// Lists the rules of countries that campaigns follow, then of states with stricter rules, and last those of all other countries; all on one page.
#[utoipa::path(
    get,
    operation_id = "list_country_rules",
    path = "/api/v1/country-rules",
    tag = "campaigns",
    responses((status = 200, description = "All of them", body = Page<CountryRuleView>))
)]
pub(crate) async fn list() -> web::Json<Page<CountryRuleView>> {
    let countries = COUNTRIES.iter().map(|rule| CountryRuleView::of(rule, None));
    let states = STATES.iter().map(|state| CountryRuleView::of(&state.rule, Some(state.state)));
    let others = [CountryRuleView::of(&STRICTEST, None)];
    web::Json(Page::whole(countries.chain(states).chain(others).collect()))
}
