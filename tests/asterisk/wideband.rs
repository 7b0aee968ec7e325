//! 16 kHz through the channel driver.

use std::time::Duration;

use cordboard_test_support::audio::{Sound, Span, tone};
use cordboard_test_support::sip::Codec;

use super::setup::Shared;
use cordboard_test_support::book::LIMIT;
use cordboard_test_support::book::{Book, Channel};
use cordboard_test_support::ear::{assert_heard_out, figure, prompt};

/// A tone that 8 kHz can't carry.
const HIGH_HZ: f64 = 6000.0;

/// The share of a 16 kHz sound's energy that is lost at 8 kHz.
fn share_above_4_khz(sound: &Sound) -> f64 {
    1.0 - (sound.resampled(8000).rms() / sound.rms()).powi(2)
}

#[test]
fn a_wideband_caller_hears_and_is_recorded_at_16_khz() {
    let cordboard = Shared::enter();
    let call = cordboard.dial_in("200", "+15550130", Codec::Linear16k);
    let id = cordboard.call_from("+15550130");
    cordboard.wait_said(&id, "greeting");
    call.say(&tone(HIGH_HZ, 8000.0, Duration::from_secs(1), 16000));
    call.wait_said(LIMIT).unwrap();
    call.hang_up().unwrap();

    assert_eq!(cordboard.event(&id, "leg_joined")["rate"], 16000);
    let heard = call.heard();
    let greeting = assert_heard_out(&heard, "greeting");
    let said = heard.part(Span { start: greeting.at, end: greeting.until });
    let (heard_high, shipped_high) = (share_above_4_khz(&said), share_above_4_khz(&prompt("greeting")));
    figure(&format!("above 4 kHz: {:.2} % heard, {:.2} % shipped", heard_high * 100.0, shipped_high * 100.0));
    assert!(heard_high > shipped_high * 0.8 && shipped_high > 0.001);

    let caller = cordboard.finished_recording(&id, Channel::Caller);
    assert_eq!(caller.rate, 16000);
    let start = caller.first_sound().unwrap() + Duration::from_millis(100);
    let middle = caller.part(Span { start, end: start + Duration::from_millis(700) });
    assert!(middle.tone_share(HIGH_HZ) > 0.9, "{}", middle.tone_share(HIGH_HZ));
}
