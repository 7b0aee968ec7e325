//! Agents' busy time and abandoned calls, predictive compared with one call for each available agent, by number of agents: the table and the picture
//! of docs/figures.md. Next to them is the theoretical result for the same load.
//!
//! ```sh
//! cargo run --release -p cordboard-campaigns --example predictive_figures -- docs/pictures/predictive.svg
//! ```

#![allow(clippy::print_stdout, clippy::cast_precision_loss, reason = "figures for people")]

use std::fmt::Write as _;

use cordboard_campaigns::best_hour::Learned;
use cordboard_campaigns::hours::CallingHours;
use cordboard_campaigns::rules::{Mode, Rules};
use cordboard_campaigns::simulation::sample::people;
use cordboard_campaigns::simulation::{Agents, Chance, Plan, World, simulate};
use cordboard_schema::time::UnixMs;

/// Tuesday, 2027-03-02, 06:00 UTC: before the first hour.
const STARTS_AT: UnixMs = UnixMs(1_803_967_200_000);
const DAY_MS: u64 = 86_400_000;
const AGENTS: [u32; 8] = [1, 2, 5, 10, 20, 30, 50, 100];
/// A quarter of the dialled calls is answered, after 11 s of ringing on average. An agent has 110 s of work with each.
const ANSWERED_PERCENT: f64 = 25.0;
const TALK_S: u64 = 95;
const WRAP_UP_S: u32 = 15;
const SEEDS: u64 = 3;
/// The cap on abandoned calls, per 1,000.
const CAP_PERMILLE: u16 = 30;

struct Row {
    agents: u32,
    progressive: f64,
    predictive: f64,
    abandoned: f64,
    worst: f64,
    loss: f64,
    wait: f64,
    /// The share of callers for whom no agent would be available within 2 s, if their calls came at random to agents who are as busy as with
    /// predictive dialling (Erlang C).
    /// predictive dialling (Erlang C).
    at_random: f64,
}

fn plan(agents: u32, cap_permille: u16, seed: u64) -> Plan {
    let mut chance = Chance::new(seed ^ 0x11_57);
    // More than a day's work for each of them.
    let contacts = 1_500 * agents as usize;
    Plan {
        rules: Rules {
            mode: Mode::Predictive,
            abandoned_permille_max: cap_permille,
            at_once_max: 10_000,
            per_minute_max: 6_000,
            hours: CallingHours::default(),
            ..Rules::default()
        },
        people: people(contacts, &["DE"], &mut chance),
        world: World {
            answered_percent: vec![ANSWERED_PERCENT; 24],
            talk_s: TALK_S,
            failed_percent: 0.0,
            ..World::default()
        },
        learned: Learned::default(),
        agents: Some(Agents { count: agents, wrap_up_s: WRAP_UP_S }),
        starts_at: STARTS_AT,
        ends_at: STARTS_AT + DAY_MS,
        pauses: Vec::new(),
        seed,
    }
}

/// Erlang's loss: the share of calls that find all agents busy, if nobody waits.
fn loss(agents: u32, offered: f64) -> f64 {
    (1..=agents).fold(1.0, |blocked, count| {
        let offered_and_blocked = offered * blocked;
        offered_and_blocked / (f64::from(count) + offered_and_blocked)
    })
}

/// The share of live calls that no agent takes within 2 s, by Erlang C: calls at random, and nobody gives up.
fn waits_longer(agents: u32, offered: f64, handling_s: f64) -> f64 {
    let blocked = loss(agents, offered);
    let occupancy = offered / f64::from(agents);
    let waits = blocked / (1.0 - occupancy * (1.0 - blocked));
    waits * (-(f64::from(agents) - offered) * 2.0 / handling_s).exp()
}

/// The highest occupancy in percent at which this share of calls finds no agent. Calls come at random, regardless of available agents.
fn occupancy_at(
    share: f64,
    agents: u32,
    lost: impl Fn(u32, f64) -> f64,
    carried: impl Fn(f64) -> f64,
) -> f64 {
    let (mut low, mut high) = (0.0, f64::from(agents) * 0.999_999);
    for _ in 0..60 {
        let offered = f64::midpoint(low, high);
        if lost(agents, offered) <= share { low = offered } else { high = offered }
    }
    carried(low) * 100.0 / f64::from(agents)
}

fn row(agents: u32) -> Row {
    let mut sums = [[0_u64; 4]; 2];
    let mut worst = 0;
    for seed in 0..SEEDS {
        for (cap_permille, sum) in [0, CAP_PERMILLE].into_iter().zip(&mut sums) {
            let report = simulate(&plan(agents, cap_permille, seed), |_, _| ());
            let Some(people) = report.people else { continue };
            worst = worst.max(people.abandoned_permille_max);
            let found = [people.busy_ms, people.staffed_ms, people.abandoned, people.taken];
            sum.iter_mut().zip(found).for_each(|(sum, found)| *sum += found);
        }
    }
    let percent = |part: u64, whole: u64| part as f64 * 100.0 / whole.max(1) as f64;
    let [[busy, staffed, ..], [busy_ahead, staffed_ahead, abandoned, taken]] = sums;
    let handling_s = TALK_S as f64 + f64::from(WRAP_UP_S);
    let predictive = percent(busy_ahead, staffed_ahead);
    let offered = predictive / 100.0 * f64::from(agents);
    Row {
        agents,
        progressive: percent(busy, staffed),
        predictive,
        abandoned: percent(abandoned, abandoned + taken),
        worst: f64::from(worst) / 10.0,
        loss: occupancy_at(0.03, agents, loss, |offered| offered * 0.97),
        wait: occupancy_at(
            0.03,
            agents,
            |agents, offered| waits_longer(agents, offered, handling_s),
            |offered| offered,
        ),
        at_random: waits_longer(agents, offered, handling_s) * 100.0,
    }
}

type Of = fn(&Row) -> f64;

/// A place on the axis of agents, on a logarithmic scale.
fn x(agents: u32) -> f64 {
    60.0 + f64::from(agents).ln() / 100.0_f64.ln() * 560.0
}

/// Draws the left axis with these percents, placed by `y`, and the agents below it.
fn axes(svg: &mut String, rows: &[Row], percents: &[f64], y: impl Fn(f64) -> f64, below: f64) {
    for percent in percents {
        let at = y(*percent);
        let _ = write!(
            svg,
            r##"<line x1="60" x2="620" y1="{at:.1}" y2="{at:.1}" stroke="#ddd"/><text x="52" y="{:.1}" text-anchor="end">{percent} %</text>"##,
            at + 4.0
        );
    }
    for row in rows {
        let _ = write!(
            svg,
            r#"<text x="{:.0}" y="{below:.0}" text-anchor="middle">{}</text>"#,
            x(row.agents),
            row.agents
        );
    }
    let _ = write!(svg, r#"<text x="340" y="{:.0}" text-anchor="middle">agents</text>"#, below + 22.0);
}

/// Draws lines, each with its name next to the chart, from `top` down.
fn draw(
    svg: &mut String,
    rows: &[Row],
    lines: &[(&str, &str, &str, Of)],
    y: impl Fn(f64) -> f64,
    top: usize,
) {
    for (nth, (name, colour, dashes, of)) in lines.iter().enumerate() {
        let points: Vec<String> =
            rows.iter().map(|row| format!("{:.1},{:.1}", x(row.agents), y(of(row)))).collect();
        let at = top + 22 * nth;
        let _ = write!(
            svg,
            r#"<polyline fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}" points="{}"/><line x1="635" x2="655" y1="{at}" y2="{at}" stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}"/><text x="660" y="{}">{name}</text>"#,
            points.join(" "),
            at + 4
        );
    }
}

/// Two line charts over the number of agents: how busy they are, in percent, and for how many callers no agent is available, on a logarithmic scale.
fn picture(rows: &[Row]) -> String {
    let mut svg = String::from(concat!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 860 720" font-family="sans-serif" font-size="12">"#,
        r#"<title>Agents' time and abandoned calls by number of agents: predictive, progressive, and by Erlang</title>"#,
        r##"<rect width="860" height="720" fill="#fff"/>"##,
    ));
    let busy = |percent: f64| 330.0 - percent * 3.0;
    axes(&mut svg, rows, &[0.0, 20.0, 40.0, 60.0, 80.0, 100.0], busy, 350.0);
    let lines: [(&str, &str, &str, Of); 4] = [
        ("predictive, agents busy", "#0a7d3c", "", |row| row.predictive),
        ("one call each, agents busy", "#1d5fbf", "", |row| row.progressive),
        ("Erlang C: 3 % wait over 2 s", "#888", "6 4", |row| row.wait),
        ("Erlang B: 3 % are lost", "#bbb", "2 3", |row| row.loss),
    ];
    draw(&mut svg, rows, &lines, busy, 40);
    // From 0.1 to 100 %: three powers of ten.
    let nobody = |percent: f64| 670.0 - (percent.max(0.1) / 0.1).log10() * 85.0;
    axes(&mut svg, rows, &[0.1, 1.0, 10.0, 100.0], nobody, 690.0);
    let lines: [(&str, &str, &str, Of); 4] = [
        ("as busy, by Erlang C", "#888", "6 4", |row| row.at_random),
        ("the cap", "#000", "2 3", |_| f64::from(CAP_PERMILLE) / 10.0),
        ("predictive, worst 24 h", "#e08a1e", "", |row| row.worst),
        ("predictive, abandoned", "#c0392b", "", |row| row.abandoned),
    ];
    draw(&mut svg, rows, &lines, nobody, 425);
    svg.push_str("</svg>\n");
    svg
}

fn main() -> std::io::Result<()> {
    let rows: Vec<Row> = AGENTS.into_iter().map(row).collect();
    println!(
        "| agents | busy, one call each | busy, predictive | abandoned | worst 24 h | as busy, by Erlang C | busy by Erlang B | by Erlang C |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    for Row { agents, progressive, predictive, abandoned, worst, loss, wait, at_random } in &rows {
        println!(
            "| {agents} | {progressive:.1} % | {predictive:.1} % | {abandoned:.2} % | {worst:.1} % | {at_random:.0} % | {loss:.1} % | {wait:.1} % |"
        );
    }
    match std::env::args_os().nth(1) {
        Some(path) => std::fs::write(path, picture(&rows)),
        None => Ok(()),
    }
}
