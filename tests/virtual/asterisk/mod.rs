//! An Asterisk's AMI: our connection to it, on a port that is no whole Asterisk. What calls do is tried on a real one
//! (`tests/asterisk_control`), but for what its events alone decide.

mod link;
mod sent_on;
