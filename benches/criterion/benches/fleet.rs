//! The cost of a fleet of a million phones: bytes for each, and time for each and day.
//!
//! `cargo bench -p wxcheck-benches --bench fleet`. The time for a phone's day is that of a round divided by a
//! million: a day of virtual time in two turns of twelve hours, every phone's update assumed.

#![expect(
    clippy::print_stdout,
    reason = "bytes are no time, which is all that criterion prints"
)]

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use wxcheck_mock_server::state::{
    DAY, HOUR,
    fleet::{Arrival, Fleet},
};

const PHONES: u32 = 1_000_000;

fn fleet(arrival: Arrival) -> Option<Fleet> {
    Fleet::new(PHONES, "fleet-{n}", arrival, 0).ok()
}

/// Two turns of twelve hours; how many updates that were.
fn live_a_day(fleet: &mut Fleet) -> u64 {
    let mut updates = 0;
    for until in [12 * HOUR, DAY] {
        updates += fleet.take_due(until, usize::MAX, ((0, 1), 0), &mut 0).due;
    }
    updates
}

fn a_day_of_a_million(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fleet");
    group.sample_size(10);
    for (name, arrival) in [("herd", Arrival::Herd), ("spread", Arrival::Spread)] {
        if let Some(fleet) = fleet(arrival) {
            let each = fleet.bytes() / PHONES as usize;
            println!(
                "{name}: {} bytes for {PHONES} phones, {each} each",
                fleet.bytes()
            );
        }
        group.bench_function(format!("a day of a million, {name}"), |bencher| {
            bencher.iter_batched_ref(
                || fleet(arrival),
                |fleet| fleet.as_mut().map(live_a_day),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(fleets, a_day_of_a_million);
criterion_main!(fleets);
