//! What a session does, row by row.
