//! Cost of a frame of 20 ms on its way: `cargo bench -p cordboard-actors`.
#![allow(missing_docs, reason = "criterion's macros make functions without docs")]

use std::hint::black_box;

use cordboard_actors::media::{Pace, Port, Recorder, Vad, VadSettings, plug};
use cordboard_schema::audio::{Frame, Law, Resampler, SampleRate, g711};
use cordboard_schema::ids::LegId;
use criterion::{Criterion, criterion_group, criterion_main};

const RATES: [SampleRate; 4] =
    [SampleRate::HZ_8000, SampleRate::HZ_16000, SampleRate::HZ_24000, SampleRate::HZ_48000];

/// A voice-like frame: not silence, not the same everywhere.
fn frame(rate: SampleRate) -> Frame {
    let samples: Vec<i16> =
        (0..rate.samples_per_frame()).map(|i| ((i * 7_919) % 16_001) as i16 - 8_000).collect();
    Frame::pcm(rate, samples)
}

fn samples(frame: &Frame) -> Vec<i16> {
    match frame {
        Frame::Pcm { samples, .. } => samples.to_vec(),
        Frame::G711 { law, bytes } => g711::decode_all(*law, bytes),
    }
}

fn cords(bench: &mut Criterion) {
    let mut group = bench.benchmark_group("cord");
    let rate = SampleRate::HZ_8000;
    let speaker = Port::new(LegId(1), rate, Pace::Paced);
    group.bench_function("silent tick", |bencher| bencher.iter(|| black_box(speaker.ear.tick())));
    for listeners in [1, 4] {
        let ears: Vec<Port> = (0..listeners).map(|n| Port::new(LegId(10 + n), rate, Pace::Paced)).collect();
        let speaker = Port::new(LegId(1), rate, Pace::Paced);
        ears.iter().for_each(|listener| plug(&speaker.mouth, &listener.ear));
        let spoken = frame(rate);
        group.bench_function(format!("speak and tick, 8 kHz to {listeners}"), |bencher| {
            bencher.iter(|| {
                speaker.mouth.speak(None, spoken.clone());
                ears.iter().for_each(|listener| drop(black_box(listener.ear.tick())));
            });
        });
    }
    for (from, to) in [(24_000, 8_000), (8_000, 24_000), (16_000, 48_000)] {
        let (from, to) = (rate_of(from), rate_of(to));
        let (speaker, listener) =
            (Port::new(LegId(1), from, Pace::Paced), Port::new(LegId(2), to, Pace::Paced));
        plug(&speaker.mouth, &listener.ear);
        let spoken = frame(from);
        group.bench_function(format!("speak and tick, {} to {}", from.hz(), to.hz()), |bencher| {
            bencher.iter(|| {
                speaker.mouth.speak(None, spoken.clone());
                black_box(listener.ear.tick());
            });
        });
    }
    let listener = Port::new(LegId(9), rate, Pace::Paced);
    let speakers: Vec<Port> = (1..=3).map(|n| Port::new(LegId(n), rate, Pace::Paced)).collect();
    speakers.iter().for_each(|speaker| plug(&speaker.mouth, &listener.ear));
    let spoken = frame(rate);
    group.bench_function("three voices mixed", |bencher| {
        bencher.iter(|| {
            speakers.iter().for_each(|speaker| speaker.mouth.speak(None, spoken.clone()));
            black_box(listener.ear.tick())
        });
    });
}

fn arithmetic(bench: &mut Criterion) {
    let mut group = bench.benchmark_group("20 ms of");
    for law in [Law::Mu, Law::A] {
        let linear = samples(&frame(SampleRate::HZ_8000));
        let octets = g711::encode_all(law, &linear);
        group.bench_function(format!("{law:?} encoding"), |b| {
            b.iter(|| g711::encode_all(law, black_box(&linear)))
        });
        group.bench_function(format!("{law:?} decoding"), |b| {
            b.iter(|| g711::decode_all(law, black_box(&octets)))
        });
    }
    for (from, to) in RATES.into_iter().flat_map(|from| RATES.map(|to| (from, to))).filter(|(a, b)| a != b) {
        let input = samples(&frame(from));
        let mut resampler = Resampler::new(from, to);
        let mut output = Vec::new();
        group.bench_function(format!("{} to {} Hz", from.hz(), to.hz()), |bencher| {
            bencher.iter(|| {
                output.clear();
                resampler.push(black_box(&input), &mut output);
            });
        });
    }
    let input = samples(&frame(SampleRate::HZ_8000));
    let mut vad = Vad::new(SampleRate::HZ_8000, VadSettings::default());
    group.bench_function("speech detection", |bencher| bencher.iter(|| vad.push(black_box(&input))));
}

fn recording(bench: &mut Criterion) {
    let Ok(recorder) = Recorder::start() else {
        return;
    };
    let path = std::env::temp_dir().join(format!("cordboard-bench-{}.wav", std::process::id()));
    let mut track = recorder.handle().open(path.clone(), SampleRate::HZ_8000, |_| {});
    let inlet = track.inlet();
    let played = frame(SampleRate::HZ_8000);
    let heard = samples(&played);
    bench.bench_function("recording's tick and burst", |bencher| {
        bencher.iter(|| {
            track.tick(Some(&played));
            inlet.heard(&heard);
        });
    });
    drop(track);
    recorder.join();
    // If this fails, only a file of this run is left.
    let _ = std::fs::remove_file(path);
}

fn rate_of(hz: u32) -> SampleRate {
    SampleRate::try_from(hz).unwrap_or(SampleRate::HZ_8000)
}

criterion_group!(benches, cords, arithmetic, recording);
criterion_main!(benches);
