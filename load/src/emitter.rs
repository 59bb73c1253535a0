//! One thread that sends: its own connections, its own numbers, its own counts. It shares nothing that could make it wait;
//! a request costs it one write, one read and a part of a poll.

mod exchange;

use std::{
    collections::VecDeque,
    io::{self, ErrorKind},
    mem,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::Sender,
    },
    time::{Duration, Instant},
};

use mio::{Events, Poll, Token};
use wxcheck_protocol::msg_id::SLOTS;

use crate::{
    aim::Prepared,
    clock::{self, Alarm},
    connection::{Connection, Flight},
    counts::Interval,
    ending::{Ending, Sample},
    sequence::{Item, Role, Sequence},
    shard::Lane,
    template::Scratch,
    wire::{Tls, Wire},
};

/// Bytes that are read at once.
const BUFFER: usize = 64 * 1024;
/// The token of the alarm.
pub(crate) const ALARM: Token = Token(usize::MAX);
/// The longest time without a look at the flag that stops the run.
const GLANCE: Duration = Duration::from_millis(100);
/// After a connection that failed, the closed model waits so long before it tries again.
const PAUSE: Duration = Duration::from_millis(100);

/// The part that the emitters of a shard have in common.
#[derive(Debug)]
pub(crate) struct Common {
    pub(crate) sequence: Sequence,
    pub(crate) prepared: Prepared,
    /// For each endpoint, where it has any.
    pub(crate) tls: Vec<Option<Tls>>,
    pub(crate) shard: u32,
    pub(crate) start: Instant,
    pub(crate) stop: Arc<AtomicBool>,
    /// Of so many numbers one is told in full; none where it is 0.
    pub(crate) sample_every: u64,
    /// Intervals have marks.
    pub(crate) marks: bool,
}

/// News from an emitter at work.
#[derive(Debug)]
pub enum Told {
    /// A second is over.
    Interval(Box<Interval>),
    /// One exchange of many.
    Sample(Box<Sample>),
}

/// One thread's part of a shard.
#[derive(Debug)]
pub(crate) struct EmitterPart {
    /// Its numbers.
    pub(crate) lane: Lane,
    /// The second in which they begin.
    pub(crate) from_second: u64,
    /// Its connections, at most.
    pub(crate) most: usize,
    /// Numbers that it may send in the closed model.
    pub(crate) left: u64,
    pub(crate) poll: Poll,
    pub(crate) alarm: Alarm,
}

/// One thread that sends.
pub(crate) struct Emitter {
    common: Arc<Common>,
    lane: Lane,
    next: u64,
    /// Numbers that may still be sent, in the closed model.
    left: u64,
    open: bool,
    ends: Duration,
    limit: Duration,
    poll: Poll,
    alarm: Alarm,
    connections: Vec<Connection>,
    most: usize,
    vacant: Vec<usize>,
    idle: Vec<Vec<usize>>,
    /// Requests under way, the oldest first.
    flights: VecDeque<(Instant, usize, u64)>,
    under_way: usize,
    flown: u64,
    paused: Option<Instant>,
    interval: Interval,
    scratch: Scratch,
    buffer: Vec<u8>,
    told: Sender<Told>,
}

impl Emitter {
    pub(crate) fn new(common: Arc<Common>, part: EmitterPart, told: Sender<Told>) -> Self {
        let EmitterPart {
            lane,
            from_second,
            most,
            left,
            poll,
            alarm,
        } = part;
        let plan = common.sequence.plan();
        let first = common.sequence.first_of(from_second);
        Self {
            next: lane.at_or_after(first),
            left,
            open: common.sequence.due(first).is_some(),
            ends: Duration::from_millis(plan.pace.millis()),
            limit: Duration::from_millis(plan.limit_millis),
            poll,
            alarm,
            connections: Vec::new(),
            most,
            vacant: Vec::new(),
            idle: vec![Vec::new(); common.prepared.endpoints.len()],
            flights: VecDeque::new(),
            under_way: 0,
            flown: 0,
            paused: None,
            interval: Interval {
                shard: common.shard,
                second: from_second,
                ..Interval::default()
            },
            scratch: Scratch::default(),
            buffer: vec![0; BUFFER],
            told,
            lane,
            common,
        }
    }

    /// Sends until everything is sent and answered, or until it is told to stop.
    pub(crate) fn run(mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(1024);
        loop {
            let now = clock::now();
            if self.common.stop.load(Ordering::Acquire) {
                self.give_up(now);
                break;
            }
            self.turn_page(now);
            self.send_due(now);
            self.cut_late(now);
            if self.under_way == 0 && self.is_done(now) {
                break;
            }
            let timeout = self.timeout(now);
            match self.poll.poll(&mut events, Some(timeout)) {
                Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            for event in &events {
                if event.token() != ALARM {
                    self.hear(event.token().0, event.is_readable(), event.is_read_closed());
                }
            }
        }
        self.send_interval();
        Ok(())
    }

    /// The moment at which the next number is due; none when there is no more.
    fn next_due(&mut self, now: Instant) -> Option<Instant> {
        if self.open {
            let count = self.common.sequence.count();
            if count.is_some_and(|count| self.next >= count) {
                return None;
            }
            let due = self.common.sequence.due(self.next)?;
            return Some(self.common.start + Duration::from_millis(due));
        }
        if self.left == 0 || now >= self.common.start + self.ends {
            return None;
        }
        if now < self.common.start {
            return Some(self.common.start);
        }
        if let Some(until) = self.paused {
            if now < until {
                return Some(until);
            }
            self.paused = None;
        }
        let second = now.duration_since(self.common.start).as_secs();
        let first = self.common.sequence.first_of(second);
        self.next = self.next.max(self.lane.at_or_after(first));
        if self.next - first >= SLOTS {
            // There are no more MsgIds in this second.
            return Some(self.common.start + Duration::from_secs(second + 1));
        }
        Some(now)
    }

    fn is_done(&mut self, now: Instant) -> bool {
        self.next_due(now).is_none()
    }

    /// Sends everything whose time has come, as far as there are connections.
    fn send_due(&mut self, now: Instant) {
        while let Some(due) = self.next_due(now).filter(|due| *due <= now) {
            if now.saturating_duration_since(due) > self.limit {
                // Nobody waits for it any more.
                self.interval.counts.due += 1;
                self.interval.counts.unsent += 1;
                self.next = self.lane.after(self.next);
                continue;
            }
            let item = self.common.sequence.item(self.next);
            let endpoint = self.common.prepared.shares[item.share].endpoint;
            let Some(slot) = self.free(endpoint) else {
                return;
            };
            self.interval.counts.due += 1;
            self.next = self.lane.after(self.next);
            self.left = self.left.saturating_sub(1);
            self.send(slot, item, due);
        }
    }

    /// A connection to that endpoint, or a place for one.
    fn free(&mut self, endpoint: usize) -> Option<usize> {
        if let Some(slot) = self.idle[endpoint].pop() {
            return Some(slot);
        }
        if self.vacant.is_empty() && self.connections.len() < self.most {
            self.connections.push(Connection::default());
            self.vacant.push(self.connections.len() - 1);
        }
        if self.vacant.is_empty() {
            // One that another endpoint does not need now.
            let other = self.idle.iter_mut().find_map(Vec::pop)?;
            self.close(other);
        }
        let slot = self.vacant.pop()?;
        self.connections[slot].endpoint = endpoint;
        Some(slot)
    }

    fn send(&mut self, slot: usize, item: Item, due: Instant) {
        let sent = clock::now();
        self.compose(slot, &item);
        self.flown += 1;
        let id = self.flown;
        let due = if self.open { due } else { sent };
        self.connections[slot].flight = Some(Flight {
            id,
            item,
            due,
            sent,
        });
        self.under_way += 1;
        self.flights.push_back((sent + self.limit, slot, id));
        if self.connections[slot].wire.is_some() {
            self.write(slot);
        } else {
            self.connect(slot);
        }
    }

    /// Writes the request into the connection's memory.
    fn compose(&mut self, slot: usize, item: &Item) {
        let Common {
            sequence, prepared, ..
        } = &*self.common;
        let identity = sequence.identity(item);
        let millis = sequence.due(item.origin).unwrap_or_default() % 1000;
        let forged = item.role == Role::Forged;
        let connection = &mut self.connections[slot];
        connection.request.clear();
        connection.written = 0;
        let request = &mut connection.request;
        let template = &prepared.shares[item.share].template;
        template.write(&identity, millis, forged, &mut self.scratch, request);
    }

    fn connect(&mut self, slot: usize) {
        let place = self.connections[slot].endpoint;
        let tls = self.common.tls[place].as_ref();
        let address = self.common.prepared.endpoints[place].addresses[0];
        match Wire::connect(address, tls, self.poll.registry(), Token(slot)) {
            Ok(wire) => self.connections[slot].wire = Some(wire),
            Err(error) => self.fail(slot, Ending::Unconnected, &error),
        }
    }

    /// The run is stopped: what is due was not sent, what is under way is not waited for.
    fn give_up(&mut self, now: Instant) {
        for slot in 0..self.connections.len() {
            self.land(slot, Ending::Abandoned, false);
        }
        while self.open
            && let Some(due) = self.next_due(now)
            && due <= now
        {
            self.interval.counts.due += 1;
            self.interval.counts.stopped += 1;
            self.next = self.lane.after(self.next);
        }
    }

    /// The time until something has to be done though nothing happens.
    fn timeout(&mut self, now: Instant) -> Duration {
        let deadline = self.flights.front().map(|(deadline, ..)| *deadline);
        let mut wait = deadline.map_or(GLANCE, |deadline| {
            deadline.saturating_duration_since(now).min(GLANCE)
        });
        // What is due already waits for a connection.
        if let Some(due) = self.next_due(now).filter(|due| *due > now) {
            let until = due - now;
            if until < Duration::from_millis(3) {
                self.alarm.want();
            } else {
                wait = wait.min(until.saturating_sub(Duration::from_millis(2)));
            }
        }
        wait
    }

    /// Hands over what ended in seconds that are over.
    fn turn_page(&mut self, now: Instant) {
        let second = now.saturating_duration_since(self.common.start).as_secs();
        if second > self.interval.second {
            self.send_interval();
            self.interval.second = second;
        }
    }

    fn send_interval(&mut self) {
        let empty = Interval {
            shard: self.interval.shard,
            second: self.interval.second,
            ..Interval::default()
        };
        let interval = mem::replace(&mut self.interval, empty);
        // Whoever listens may have gone; the run goes on.
        let _ = self.told.send(Told::Interval(Box::new(interval)));
    }
}
