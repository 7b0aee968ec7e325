//! Decisions of a campaign (who is called when, how often and how fast). All of them are pure: contacts and times go in, verdicts come out.
//!
//! The manifest has no runtime, so nothing here can wait, read a clock or open a socket. The server supplies contacts and carries verdicts out
//! (`src/campaigns`); [`simulation`] does so in virtual time.
//!
//! | file | subject |
//! | --- | --- |
//! | `countries.rs`, `countries/states.rs` | what countries and states allow: hours, holidays, how often; the table that an owner reads |
//! | `holidays.rs` | the public holidays of a country |
//! | `callee.rs` | the country and zones of a number |
//! | `zones.rs`, `north_america.rs` | the zones of country codes, and of area codes |
//! | `zone_names.rs` | which names of zones mean the same clock |
//! | `hours.rs` | whether a contact may be called now, or from when on |
//! | `attempt.rs` | the life of one attempt, and its outcome |
//! | `retries.rs` | what follows an outcome: a retry after a pause, or an end |
//! | `rules.rs` | an owner's rules for a campaign, and their limits |
//! | `campaign.rs` | a campaign, its contacts and attempts, and suppressed numbers, as they are stored and shown |
//! | `judge.rs` | whether a contact is called at this moment |
//! | `pacing.rs`, `circuit.rs` | how many calls at once and how fast, and the circuit breaker for failing lines |
//! | `agreed.rs` | a time for which a callee has requested another call, by us or by a dialler |
//! | `best_hour.rs` | the hour at which people answer, for retries |
//! | `together.rs` | how many calls at once and how fast, for all campaigns of an organization or over a trunk |
//! | `predictive.rs` | how many calls are dialled ahead of agents who will be available, and how few callees find no agent |
//! | `preview.rs` | how long an agent has a contact on the screen, and why they skip one |
//! | `dialler.rs` | a running campaign: the parts together |
//! | `emptied.rs` | whether a campaign is over when nobody on its list waits, or waits for more people |
//! | `caller_ids.rs` | which of a campaign's numbers a called phone is shown, and when a number rests |
//! | `variant.rs` | two variants of who talks, and which of them a contact gets |
//! | `filter.rs` | which contacts on its list a campaign calls: conditions on known facts |
//! | `comparison.rs` | how often each variant reached the goal, and whether the difference may be chance |
//! | `forecast.rs` | the assumptions when an existing campaign is simulated |
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
