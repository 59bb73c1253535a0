//! The cost of one second of one shard at a coordinator: reading what its worker told, and adding it up.
//!
//! `load-merge [PUSHES] [TIMES]` makes the interval of so many pushes with latencies as a server under load has them, and
//! reads and adds it so often. `time` says how much computing that took; the program says how many bytes were read.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::{hint::black_box, time::Duration};

use wxcheck_load::{counts::Interval, report::Timeline};
use wxcheck_mock_server::draw::Draw;

fn main() -> anyhow::Result<()> {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let pushes = numbers.next().unwrap_or(Ok(20_000))?;
    let times = numbers.next().unwrap_or(Ok(10_000))?;
    let mut interval = Interval::default();
    let mut draw = Draw::new(16);
    for _ in 0..pushes {
        // From half a millisecond on, most of them short and a few a hundred times as long.
        let micros = 500 + (1 << (draw.next() % 16)) + draw.next() % 500;
        interval.latency.record(Duration::from_micros(micros));
        interval.service.record(Duration::from_micros(micros / 2));
    }
    interval.counts.first = pushes;
    interval.counts.acknowledged = pushes;
    let told = serde_json::to_vec(&interval)?;
    let mut timeline = Timeline::default();
    for second in 0..times {
        let mut read: Interval = serde_json::from_slice(black_box(&told))?;
        // A thousand shards tell of each second.
        read.second = second / 1000;
        timeline.take(&read);
    }
    let total = timeline.total().counts.first;
    println!(
        "{} bytes for {pushes} pushes, {times} times: {total} pushes",
        told.len()
    );
    Ok(())
}
