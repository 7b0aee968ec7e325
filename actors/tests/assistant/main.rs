//! An assistant as its call and its caller meet it: what it tells the call, and what the caller hears.

mod builtin;
mod provider;
mod stage;
