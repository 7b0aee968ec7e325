//! A chain of voices: the whole server, several stand-ins for providers at once, and callers who listen.

mod circuits;
mod profiles;
mod rules;
mod shadow;
mod silences;
mod stage;
mod switches;
mod turns;
