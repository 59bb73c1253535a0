//! One thread that sends: its own connections, its own numbers, its own counts. It shares nothing that could make it wait;
//! a request costs it one write, one read and a part of a poll.

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

use crate::{
    aim::Magazine,
    answer::{self, Answer, Reading, Word},
    clock::{self, Alarm},
    connection::{Connection, Flight},
    counts::Interval,
    ending::{Ending, Sample},
    marks::{Mark, Marks},
    sequence::{Errand, Role, Sequence},
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

/// Everything that the emitters of a shard have in common.
#[derive(Debug)]
pub(crate) struct Common {
    pub(crate) sequence: Sequence,
    pub(crate) magazine: Magazine,
    /// For each endpoint, where it has any.
    pub(crate) tls: Vec<Option<Tls>>,
    pub(crate) shard: u32,
    pub(crate) start: Instant,
    pub(crate) stop: Arc<AtomicBool>,
    /// Of so many numbers one is told in full; none where it is 0.
    pub(crate) sample_every: u64,
}

/// What an emitter tells while it is at work.
#[derive(Debug)]
pub enum Told {
    /// A second is over.
    Interval(Box<Interval>),
    /// One exchange of many.
    Sample(Box<Sample>),
}

/// One thread's part of a shard.
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
    marks: Marks,
    scratch: Scratch,
    buffer: Vec<u8>,
    told: Sender<Told>,
}

impl Emitter {
    pub(crate) fn new(
        common: Arc<Common>,
        lane: Lane,
        from_second: u64,
        most: usize,
        left: u64,
        poll: Poll,
        alarm: Alarm,
        told: Sender<Told>,
    ) -> Self {
        let plan = common.sequence.plan();
        let shards = plan.shards;
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
            idle: vec![Vec::new(); common.magazine.endpoints.len()],
            flights: VecDeque::new(),
            under_way: 0,
            flown: 0,
            paused: None,
            interval: Interval {
                shard: common.shard,
                second: from_second,
                ..Interval::default()
            },
            marks: Marks::new(shards),
            scratch: Scratch::default(),
            buffer: vec![0; BUFFER],
            told,
            lane,
            common,
        }
    }

    /// Sends until everything is sent and answered, or until it is told to stop.
    pub(crate) fn run(mut self) -> io::Result<Marks> {
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
            if let Err(error) = self.poll.poll(&mut events, Some(timeout)) {
                if error.kind() != ErrorKind::Interrupted {
                    return Err(error);
                }
            }
            for event in &events {
                if event.token() != ALARM {
                    self.hear(event.token().0, event.is_readable(), event.is_read_closed());
                }
            }
        }
        self.tell_interval();
        Ok(self.marks)
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
        self.next = self
            .next
            .max(self.lane.at_or_after(self.common.sequence.first_of(second)));
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
            let errand = self.common.sequence.errand(self.next);
            let endpoint = self.common.magazine.loads[errand.share].endpoint;
            let Some(slot) = self.free(endpoint) else {
                return;
            };
            self.interval.counts.due += 1;
            self.next = self.lane.after(self.next);
            self.left = self.left.saturating_sub(1);
            self.send(slot, errand, due);
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

    fn send(&mut self, slot: usize, errand: Errand, due: Instant) {
        let sent = clock::now();
        let common = Arc::clone(&self.common);
        let load = &common.magazine.loads[errand.share];
        let identity = common.sequence.identity(&errand);
        let millis = common.sequence.due(errand.origin).unwrap_or_default() % 1000;
        let forged = errand.role == Role::Forged;
        let connection = &mut self.connections[slot];
        connection.request.clear();
        connection.written = 0;
        let request = &mut connection.request;
        load.template
            .write(&identity, millis, forged, &mut self.scratch, request);
        self.flown += 1;
        let due = if self.open { due } else { sent };
        let id = self.flown;
        connection.flight = Some(Flight {
            id,
            errand,
            due,
            sent,
        });
        self.under_way += 1;
        self.flights.push_back((sent + self.limit, slot, id));
        if connection.wire.is_some() {
            self.write(slot);
            return;
        }
        let endpoint = &common.magazine.endpoints[connection.endpoint];
        let tls = common.tls[connection.endpoint].as_ref();
        let address = endpoint.addresses[0];
        match Wire::connect(address, tls, self.poll.registry(), Token(slot)) {
            Ok(wire) => self.connections[slot].wire = Some(wire),
            Err(error) => self.fail(slot, Ending::Unconnected, &error),
        }
    }

    /// Something changed on a connection.
    fn hear(&mut self, slot: usize, readable: bool, read_closed: bool) {
        let Some(connection) = self.connections.get_mut(slot) else {
            return;
        };
        let Some(wire) = &mut connection.wire else {
            return;
        };
        if !connection.connected {
            match wire.is_connected() {
                Ok(false) => return,
                Ok(true) => {
                    connection.connected = true;
                    self.interval.counts.connections += 1;
                }
                Err(error) => return self.fail(slot, Ending::Unconnected, &error),
            }
        }
        if let Err(error) = wire.flush() {
            return self.fail(slot, Ending::Dropped, &error);
        }
        self.write(slot);
        if readable || read_closed {
            self.read(slot, read_closed);
        }
    }

    fn write(&mut self, slot: usize) {
        let connection = &mut self.connections[slot];
        let (Some(wire), Some(flight)) = (&mut connection.wire, &connection.flight) else {
            return;
        };
        if !connection.connected {
            return;
        }
        while connection.written < connection.request.len() {
            match wire.write(&connection.request[connection.written..]) {
                Ok(written) => {
                    if connection.written == 0 && written > 0 {
                        let errand = flight.errand;
                        let fetch = self.common.sequence.plan().mix[errand.share]
                            .fetch()
                            .is_some();
                        self.interval.counts.note_sent(errand.role, fetch);
                        if !fetch {
                            let place = self.common.sequence.place(errand.origin);
                            self.marks.set(place, Mark::Sent);
                            if errand.role == Role::Again {
                                self.marks.set(place, Mark::Again);
                            }
                        }
                    }
                    connection.written += written;
                    self.interval.counts.bytes_out += written as u64;
                    if written == 0 {
                        return;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return self.fail(slot, Ending::Dropped, &error),
            }
        }
    }

    fn read(&mut self, slot: usize, read_closed: bool) {
        let mut buffer = mem::take(&mut self.buffer);
        self.read_into(&mut buffer, slot, read_closed);
        self.buffer = buffer;
    }

    fn read_into(&mut self, buffer: &mut [u8], slot: usize, read_closed: bool) {
        loop {
            let connection = &mut self.connections[slot];
            let Some(wire) = &mut connection.wire else {
                return;
            };
            let drains = wire.drains() && !read_closed;
            let came = match wire.read(buffer) {
                Ok(came) => came,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return self.fail(slot, Ending::Dropped, &error),
            };
            self.interval.counts.bytes_in += came as u64;
            let Some(flight) = connection.flight else {
                // It ended while it was not in use, or said what nobody asked.
                self.idle[connection.endpoint].retain(|idle| *idle != slot);
                return self.close(slot);
            };
            let ended = came == 0;
            let mut inbox = mem::take(&mut connection.inbox);
            let bytes = if inbox.is_empty() {
                &buffer[..came]
            } else {
                inbox.extend_from_slice(&buffer[..came]);
                &inbox
            };
            match answer::read(bytes, ended) {
                Reading::Whole(answer) => {
                    let ending = self.ending(&flight, &answer);
                    let keeps = answer.keeps && !read_closed;
                    inbox.clear();
                    self.connections[slot].inbox = inbox;
                    self.land(slot, ending, keeps);
                    return;
                }
                Reading::Unreadable if ended => {
                    let reason = io::Error::from(ErrorKind::UnexpectedEof);
                    return self.fail(slot, Ending::Dropped, &reason);
                }
                Reading::Unreadable => return self.land(slot, Ending::Unreadable, false),
                Reading::More => {
                    if inbox.is_empty() {
                        inbox.extend_from_slice(&buffer[..came]);
                    }
                    self.connections[slot].inbox = inbox;
                }
            }
            if drains && came < buffer.len() {
                return;
            }
        }
    }

    fn ending(&self, flight: &Flight, answer: &Answer<'_>) -> Ending {
        if answer.status != 200 {
            return Ending::Status(answer.status);
        }
        let Common {
            sequence, magazine, ..
        } = &*self.common;
        let load = &magazine.loads[flight.errand.share];
        if sequence.plan().mix[flight.errand.share].fetch().is_some() {
            return Ending::Data;
        }
        if answer.body.is_empty() || answer.body.as_ref() == b"success" {
            return Ending::Acknowledged;
        }
        let identity = sequence.identity(&flight.errand);
        match answer::word(&answer.body, identity.openid(), &load.template.context()) {
            Word::Acknowledged => Ending::Acknowledged,
            Word::WrongUser => Ending::WrongUser,
            Word::Odd => Ending::Odd,
        }
    }

    fn fail(&mut self, slot: usize, ending: Ending, error: &io::Error) {
        let connection = &self.connections[slot];
        if connection.flight.is_some() {
            self.interval.counts.note_reason(&error.to_string(), 1);
            self.land(slot, ending, false);
        } else {
            let endpoint = connection.endpoint;
            self.idle[endpoint].retain(|idle| *idle != slot);
            self.close(slot);
        }
    }

    /// An exchange is over.
    fn land(&mut self, slot: usize, ending: Ending, keeps: bool) {
        let Some(flight) = self.connections[slot].flight.take() else {
            return;
        };
        let now = clock::now();
        self.under_way -= 1;
        let errand = flight.errand;
        let Interval {
            counts,
            latency,
            service,
            fetches,
            ..
        } = &mut self.interval;
        ending.count(&errand, counts);
        let fetch = self.common.sequence.plan().mix[errand.share]
            .fetch()
            .is_some();
        // A cut one took at least so long; without it a server that hangs would look quick.
        if ending.is_answer() || ending == Ending::Cut {
            let whole = now.saturating_duration_since(flight.due);
            if fetch {
                fetches.record(whole);
            } else if errand.role != Role::Forged {
                latency.record(whole);
                service.record(now.saturating_duration_since(flight.sent));
            }
        }
        if let Some(mark) = ending.mark().filter(|_| !fetch) {
            self.marks
                .set(self.common.sequence.place(errand.origin), mark);
        }
        if ending == Ending::Unconnected && !self.open {
            self.paused = Some(now + PAUSE);
        }
        let every = self.common.sample_every;
        if every > 0 && errand.number.is_multiple_of(every) {
            self.tell_sample(&flight, now, ending);
        }
        if keeps && self.common.sequence.plan().keeps {
            let endpoint = self.connections[slot].endpoint;
            self.idle[endpoint].push(slot);
        } else {
            self.close(slot);
        }
    }

    fn close(&mut self, slot: usize) {
        self.connections[slot].clear();
        self.vacant.push(slot);
    }

    /// Cuts what was not answered within the limit.
    fn cut_late(&mut self, now: Instant) {
        while let Some((deadline, slot, id)) = self.flights.front().copied() {
            let connection = &self.connections[slot];
            let flies = connection.flight.is_some_and(|flight| flight.id == id);
            if flies && deadline > now {
                return;
            }
            self.flights.pop_front();
            if flies {
                let ending = if connection.connected {
                    Ending::Cut
                } else {
                    Ending::Unconnected
                };
                self.land(slot, ending, false);
            }
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
            self.interval.counts.unsent += 1;
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
                wait = wait.min(until - Duration::from_millis(2));
            }
        }
        wait
    }

    /// Hands over what ended in seconds that are over.
    fn turn_page(&mut self, now: Instant) {
        let second = now.saturating_duration_since(self.common.start).as_secs();
        if second > self.interval.second {
            self.tell_interval();
            self.interval.second = second;
        }
    }

    fn tell_interval(&mut self) {
        let empty = Interval {
            shard: self.interval.shard,
            second: self.interval.second,
            ..Interval::default()
        };
        let interval = mem::replace(&mut self.interval, empty);
        // Whoever listens may have gone; the run goes on.
        let _ = self.told.send(Told::Interval(Box::new(interval)));
    }

    fn tell_sample(&self, flight: &Flight, now: Instant, ending: Ending) {
        let sequence = &self.common.sequence;
        let identity = sequence.identity(&flight.errand);
        let micros = |duration: Duration| u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let sample = Sample {
            number: flight.errand.number,
            origin: flight.errand.origin,
            name: sequence.plan().mix[flight.errand.share].name.clone(),
            openid: identity.openid().to_owned(),
            msg_id: identity.msg_id().to_owned(),
            role: flight.errand.role,
            due_micros: micros(flight.due.saturating_duration_since(self.common.start)),
            waited_micros: micros(flight.sent.saturating_duration_since(flight.due)),
            took_micros: micros(now.saturating_duration_since(flight.sent)),
            ending,
        };
        let _ = self.told.send(Told::Sample(Box::new(sample)));
    }
}
