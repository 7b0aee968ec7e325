//! Cordboard's verbs.
