//! The exchanges of an emitter: writing a request, reading its answer, and how it ended.

use std::{
    io::{self, ErrorKind},
    mem,
    time::{Duration, Instant},
};

use super::{Common, Emitter, PAUSE, Told};
use crate::{
    answer::{self, Answer, Reading, Word},
    clock,
    connection::Flight,
    counts::Interval,
    ending::{Ending, Sample},
    marks::Mark,
    sequence::Role,
};

impl Emitter {
    /// An event of a connection.
    pub(super) fn hear(&mut self, slot: usize, readable: bool, read_closed: bool) {
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
            // TLS may have come to its end meanwhile.
            self.write(slot);
        }
    }

    pub(super) fn write(&mut self, slot: usize) {
        let connection = &mut self.connections[slot];
        let (Some(wire), Some(flight)) = (&mut connection.wire, &connection.flight) else {
            return;
        };
        if !connection.connected || !wire.is_ready() {
            return;
        }
        while connection.written < connection.request.len() {
            match wire.write(&connection.request[connection.written..]) {
                Ok(written) => {
                    if connection.written == 0 && written > 0 {
                        let item = flight.item;
                        let fetch = self.common.sequence.plan().mix[item.share]
                            .fetch()
                            .is_some();
                        self.interval.counts.note_sent(item.role, fetch);
                        if !fetch && self.common.marks {
                            let place = self.common.sequence.place(item.origin);
                            let mark = match item.role {
                                Role::Again => Mark::Again,
                                Role::First | Role::Forged => Mark::Sent,
                            };
                            self.interval.marks.set(place, mark);
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
            sequence, prepared, ..
        } = &*self.common;
        let share = &prepared.shares[flight.item.share];
        if sequence.plan().mix[flight.item.share].fetch().is_some() {
            return Ending::Data;
        }
        let is_user = |openid: &str| sequence.identity(&flight.item).openid() == openid;
        let context = share.template.context();
        match answer::word(&answer.body, share.structured, &context, is_user) {
            Word::Acknowledged => Ending::Acknowledged,
            Word::WrongUser => Ending::WrongUser,
            Word::Odd => Ending::Odd,
        }
    }

    pub(super) fn fail(&mut self, slot: usize, ending: Ending, error: &io::Error) {
        let connection = &self.connections[slot];
        if connection.flight.is_some() {
            self.interval.counts.note_reason(&error.to_string(), 1);
            let ending = if connection.is_ready() {
                ending
            } else {
                Ending::Unconnected
            };
            self.land(slot, ending, false);
        } else {
            let endpoint = connection.endpoint;
            self.idle[endpoint].retain(|idle| *idle != slot);
            self.close(slot);
        }
    }

    /// An exchange is over.
    pub(super) fn land(&mut self, slot: usize, ending: Ending, keeps: bool) {
        let Some(flight) = self.connections[slot].flight.take() else {
            return;
        };
        let now = clock::now();
        self.under_way -= 1;
        let item = flight.item;
        let Interval {
            counts,
            latency,
            service,
            fetches,
            ..
        } = &mut self.interval;
        ending.count(&item, counts);
        let fetch = self.common.sequence.plan().mix[item.share]
            .fetch()
            .is_some();
        // A cut one took at least so long; without it a server that hangs would look quick.
        if ending.is_answer() || ending == Ending::Cut {
            let whole = now.saturating_duration_since(flight.due);
            if fetch {
                fetches.record(whole);
            } else if item.role != Role::Forged {
                latency.record(whole);
                service.record(now.saturating_duration_since(flight.sent));
            }
        }
        if let Some(mark) = ending.mark().filter(|_| self.common.marks && !fetch) {
            let place = self.common.sequence.place(item.origin);
            self.interval.marks.set(place, mark);
        }
        if ending == Ending::Unconnected && !self.open {
            self.paused = Some(now + PAUSE);
        }
        let every = self.common.sample_every;
        if every > 0 && item.number.is_multiple_of(every) {
            self.send_sample(&flight, now, ending);
        }
        if keeps && self.common.sequence.plan().keeps {
            let endpoint = self.connections[slot].endpoint;
            self.idle[endpoint].push(slot);
        } else {
            self.close(slot);
        }
    }

    pub(super) fn close(&mut self, slot: usize) {
        self.connections[slot].clear();
        self.vacant.push(slot);
    }

    /// Cuts what was not answered within the limit.
    pub(super) fn cut_late(&mut self, now: Instant) {
        while let Some((deadline, slot, id)) = self.flights.front().copied() {
            let connection = &self.connections[slot];
            let flies = connection.flight.is_some_and(|flight| flight.id == id);
            if flies && deadline > now {
                return;
            }
            self.flights.pop_front();
            if flies {
                let ending = if connection.is_ready() {
                    Ending::Cut
                } else {
                    Ending::Unconnected
                };
                self.land(slot, ending, false);
            }
        }
    }

    fn send_sample(&self, flight: &Flight, now: Instant, ending: Ending) {
        let sequence = &self.common.sequence;
        let identity = sequence.identity(&flight.item);
        let micros = |duration: Duration| u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let sample = Sample {
            number: flight.item.number,
            origin: flight.item.origin,
            name: sequence.plan().mix[flight.item.share].name.clone(),
            openid: identity.openid().to_owned(),
            msg_id: identity.msg_id().to_owned(),
            role: flight.item.role,
            due_micros: micros(flight.due.saturating_duration_since(self.common.start)),
            waited_micros: micros(flight.sent.saturating_duration_since(flight.due)),
            took_micros: micros(now.saturating_duration_since(flight.sent)),
            ending,
        };
        let _ = self.told.send(Told::Sample(Box::new(sample)));
    }
}
