//! The HTTP API, over real sockets: with a real store, and a stand-in for the registry.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends where something is not as it says"
)]

mod access;
mod accounts;
mod actors;
mod admin;
mod agents;
mod answer;
mod appointments;
mod audio_ports;
mod audit;
mod bodies;
mod business;
mod call_notes;
mod call_views;
mod callbacks;
mod calls;
mod campaign_filters;
mod campaigns;
mod changes;
mod commands;
mod contact_links;
mod custom_tools;
mod customer_data;
mod customer_doubles;
mod customer_erasure;
mod customer_export;
mod customers;
mod dashboard;
mod dialling;
mod dialplan;
mod document;
mod drafts;
mod dtmf_actions;
mod entrance;
#[path = "../store/entries.rs"]
mod entries;
mod fields;
mod floor;
mod generated;
mod grants;
mod guessing;
mod health;
mod hostile;
mod identities;
mod inbox;
mod inside;
mod integrations;
mod isolation;
mod judge;
mod keys;
mod leads;
mod letters;
mod live;
mod new_address;
mod notices;
mod outbound;
mod outside;
mod people;
mod phone_numbers;
mod profile_versions;
mod profiles;
mod proxies;
mod quality;
mod queues;
mod recording;
mod replays;
mod report;
mod revisions;
mod router;
mod search;
mod sent_back;
mod sessions;
mod setup;
mod shadows;
mod shares;
mod supervision;
mod suspension;
mod switches;
mod talk;
mod talk_identity;
mod texts;
mod trials;
mod voices;
mod webhooks;
mod wrap_up_drafts;
mod wrap_ups;
