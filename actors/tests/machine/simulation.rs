//! Whole calls with faults, by seed.
