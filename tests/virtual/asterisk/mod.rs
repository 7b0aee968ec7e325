//! An Asterisk's AMI: our connection to it, on a port without a whole Asterisk. What calls do is tested with a real one
//! (`tests/asterisk_control`), except what its events alone decide.

mod link;
mod sent_on;
