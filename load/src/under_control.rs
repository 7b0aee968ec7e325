//! Measurements of calls under control of a switch, while all of them are up: how soon a key works, and how soon a call is completely gone after its
//! hang-up.

use std::time::Duration;

use tokio::time::{Instant as Moment, sleep, sleep_until};

use super::board::{CallNumber, Ends, SharedBoard};
use super::callers::Callers;
use super::marker::SOURCES_MAX;
use super::measure::until;

/// Pause between two keys, so that each is separate.
const KEY_INTERVAL: Duration = Duration::from_millis(20);
/// How long to wait until callers hear something that a key can interrupt.
const KEYS_WITHIN: Duration = Duration::from_secs(20);
/// How long the last keys may take to be answered.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

/// Pause between two calls that are replaced: 20 a second, each separately.
const REPLACE_INTERVAL: Duration = Duration::from_millis(50);
/// How long the last replaced calls may take to be gone.
const GONE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long their replacements may take to be answered.
const MEET_TIMEOUT: Duration = Duration::from_secs(10);

/// Lets each caller press `#` once while they hear an answer, which must stop and be repeated.
pub(super) async fn press_keys(callers: &Callers, held: &[CallNumber], board: &SharedBoard) {
    let mut waiting = held.to_vec();
    let until_at = Moment::now() + KEYS_WITHIN;
    while !waiting.is_empty() && Moment::now() < until_at {
        if let Some(at) = waiting.iter().position(|call| board.borrow().is_hearing(*call)) {
            callers.press_key(waiting.swap_remove(at));
        }
        sleep(KEY_INTERVAL).await;
    }
    if !until(ANSWER_TIMEOUT, || board.borrow().keys_open() == 0).await {
        let open = board.borrow().keys_open();
        board.borrow_mut().fail(format!("{open} keys were not answered"));
    }
}

/// Hangs up each call once and replaces it by a new one, as far as calls can be distinguished. Returns how they ended.
pub(super) async fn replace_calls(callers: &Callers, held: &mut [CallNumber], board: &SharedBoard) -> Ends {
    let began = Moment::now();
    let mut replaced = Vec::new();
    let replaceable = SOURCES_MAX.saturating_sub(held.len());
    for (call, number) in held.iter_mut().take(replaceable).zip(0_u32..) {
        sleep_until(began + REPLACE_INTERVAL * number).await;
        callers.hang_up(*call);
        replaced.push(*call);
        // An end and a beginning, each separately.
        sleep(REPLACE_INTERVAL / 2).await;
        match callers.call().await {
            Ok(new) => *call = new,
            Err(error) => board.borrow_mut().fail(format!("nobody takes a further call: {error}")),
        }
    }
    until(GONE_TIMEOUT, || replaced.iter().all(|call| board.borrow().is_over(*call))).await;
    let ends = board.borrow_mut().take_ends();
    // A call that ends before it has begun is another case.
    let has_met = |call: &CallNumber| board.borrow().has_met(*call);
    if !until(MEET_TIMEOUT, || held.iter().all(has_met)).await {
        let missing = held.iter().filter(|call| !has_met(call)).count();
        board.borrow_mut().fail(format!("{missing} calls that took the place of others were never answered"));
    }
    ends
}
