//! Decisions of a campaign (whom it calls when, how often and how fast), all of them pure: contacts and times go in, verdicts come out.
//!
//! The manifest has no runtime, so nothing here can wait, ask a clock or open a socket. The server brings contacts and carries verdicts
//! out (`src/campaigns`); [`simulation`] does so in virtual time.
//!
//! | file | subject |
//! | --- | --- |
//! | `countries.rs`, `countries/states.rs` | what countries and states admit: hours, holidays, how often; the table that an owner reads |
//! | `holidays.rs` | the days of a year on which a country rests |
//! | `callee.rs` | which country and zones a number belongs to |
//! | `zones.rs`, `north_america.rs` | the zones of country codes, and of area codes |
//! | `zone_names.rs` | which names of zones mean the same clock |
//! | `hours.rs` | whether somebody may be called now, or from when on |
//! | `attempt.rs` | the life of one try, and its outcome |
//! | `retries.rs` | what follows from an outcome: another try after a pause, or an end |
//! | `rules.rs` | what an owner says of a campaign, and its bounds |
//! | `campaign.rs` | a campaign, its contacts and attempts, and who is not to be called, as they are stored and shown |
//! | `judge.rs` | whether a contact is called at this moment |
//! | `pacing.rs`, `circuit.rs` | how many at once and how fast, and when not at all because lines fail |
//! | `agreed.rs` | a time at which a callee wants to be called again, by us or by a dialler |
//! | `best_hour.rs` | the hour at which people answer, for a further try |
//! | `together.rs` | how many at once and how fast, of all campaigns of an organization or over a trunk |
//! | `predictive.rs` | how many are called ahead of people who will be free, and how few callees find nobody |
//! | `preview.rs` | how long an agent has a contact before them, and why they leave one out |
//! | `dialler.rs` | a campaign that runs: the parts together |
//! | `emptied.rs` | whether a campaign of whose list nobody waits is over, or waits for people |
//! | `caller_ids.rs` | which of a campaign's numbers a called phone is shown, and when a number rests |
//! | `variant.rs` | two variants of who talks, and which of them a contact gets |
//! | `filter.rs` | which contacts of its list a campaign calls: conditions on what is known of them |
//! | `comparison.rs` | how often each variant reached the goal, and whether the difference may be chance |
//! | `forecast.rs` | what is assumed of people where a campaign that there is gets simulated |
//! | `simulation.rs` | a whole campaign by seed, before anybody is called |
#![cfg_attr(not(test), warn(clippy::disallowed_methods, clippy::disallowed_types))]

pub mod agreed;
pub mod attempt;
pub mod best_hour;
pub mod callee;
pub mod caller_ids;
pub mod campaign;
pub mod circuit;
pub mod comparison;
pub mod countries;
pub mod dialler;
pub mod emptied;
pub mod filter;
pub mod forecast;
mod holidays;
pub mod hours;
pub mod judge;
mod north_america;
pub mod pacing;
pub mod predictive;
pub mod preview;
pub mod retries;
pub mod rules;
pub mod simulation;
pub mod together;
pub mod variant;
pub mod zone_names;
mod zones;
