//! Each row of a call's behaviour as a script, with the time in seconds before each fact.

mod asterisk;
mod channel;
mod channel_ends;
mod commands;
mod cost;
mod custom_tools;
mod ends;
mod failures;
mod handoffs;
mod heard_out;
mod holds;
mod interruptions;
mod keys;
mod meeting;
mod menus;
mod messages;
mod next;
mod notice;
mod order;
mod outbound;
mod parked;
mod rebirths;
mod silence;
mod speaking;
mod tools;
mod twilio;
