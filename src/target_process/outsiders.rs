//! Processes that a started server began and that left its process group: by `setsid`, or as a daemon.
//!
//! On Linux, whoever loses its parent comes to wxcheck in place of init, so all of them descend from wxcheck and stand in `/proc`.
//! Elsewhere nobody tells where they are.

#[cfg(any(test, target_os = "linux"))]
use std::collections::BTreeSet;

#[cfg(target_os = "linux")]
pub(super) use linux::Outsiders;

#[cfg(not(target_os = "linux"))]
pub(super) use nowhere::Outsiders;

/// A process, as `/proc` has it.
#[cfg(any(test, target_os = "linux"))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Seen {
    id: i32,
    parent: i32,
    group: i32,
    /// It has ended, and its parent has not yet asked how.
    is_over: bool,
}

#[cfg(any(test, target_os = "linux"))]
impl Seen {
    /// A line of `/proc/ID/stat`. The name stands in brackets and may hold anything.
    fn read(stat: &str) -> Option<Self> {
        let id = stat.split(' ').next()?.parse().ok()?;
        let mut behind_name = stat.rsplit_once(") ")?.1.split(' ');
        let state = behind_name.next()?;
        let mut number = || behind_name.next()?.parse().ok();
        Some(Self {
            id,
            parent: number()?,
            group: number()?,
            is_over: matches!(state, "Z" | "X"),
        })
    }
}

/// The processes that descend from `root` and run, but for those of a group, and those that descend from `others`.
#[cfg(any(test, target_os = "linux"))]
fn outside(seen: &[Seen], root: i32, group: Option<i32>, others: &BTreeSet<i32>) -> Vec<i32> {
    let mut parents = vec![root];
    let mut found = Vec::new();
    while let Some(parent) = parents.pop() {
        let children = seen
            .iter()
            .filter(|one| one.parent == parent && !others.contains(&one.id));
        for child in children {
            parents.push(child.id);
            if Some(child.group) != group && !child.is_over {
                found.push(child.id);
            }
        }
    }
    found
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{collections::BTreeSet, fs};

    use rustix::process::{Pid, Signal, getpid, kill_process, set_child_subreaper};
    use tokio::time::sleep;

    use super::{
        super::{Group, LOOK},
        Seen, outside,
    };

    /// Processes that left the group of a server.
    pub(in super::super) struct Outsiders {
        own: i32,
        /// Children that were there before the server: of a shell that became wxcheck.
        others: BTreeSet<i32>,
        group: Option<i32>,
    }

    impl Outsiders {
        /// Nobody yet. Whoever loses its parent from here on is found.
        pub(in super::super) fn before_the_start() -> Self {
            let own = getpid();
            // Where the kernel says no, those that lose their parent are not found, as elsewhere.
            let _ = set_child_subreaper(Some(own));
            let own = own.as_raw_nonzero().get();
            let others = seen().into_iter().filter(|one| one.parent == own);
            Self {
                own,
                others: others.map(|one| one.id).collect(),
                group: None,
            }
        }

        /// Leaves the group of a process out, which gets its signals as a whole.
        pub(in super::super) fn besides(&mut self, leader: Option<u32>) {
            self.group = leader.and_then(|id| i32::try_from(id).ok());
        }

        pub(in super::super) fn ask_to_end(&self) {
            self.send(Signal::TERM);
        }

        pub(in super::super) fn kill(&self) {
            self.send(Signal::KILL);
        }

        /// Waits until all have ended. Nobody signals the end of what is not our own child.
        pub(in super::super) async fn are_gone(&self) {
            while !self.left().is_empty() {
                sleep(LOOK).await;
            }
        }

        /// True if some of them run, or of the group: who has ended there, and was never asked how, counts as gone.
        pub(in super::super) fn with_the_group_left(&self, _: &Group) -> bool {
            !outside(&seen(), self.own, None, &self.others).is_empty()
        }

        fn left(&self) -> Vec<i32> {
            outside(&seen(), self.own, self.group, &self.others)
        }

        fn send(&self, signal: Signal) {
            for id in self.left().into_iter().filter_map(Pid::from_raw) {
                // One that has ended meanwhile needs no signal.
                let _ = kill_process(id, signal);
            }
        }
    }

    /// All processes of this machine that may be seen.
    #[expect(
        clippy::disallowed_methods,
        reason = "the processes of this machine stand in files"
    )]
    fn seen() -> Vec<Seen> {
        let Ok(entries) = fs::read_dir("/proc") else {
            return Vec::new();
        };
        let files = entries.filter_map(|entry| {
            let entry = entry.ok()?;
            let is_process = entry.file_name().to_str()?.parse::<i32>().is_ok();
            is_process.then(|| entry.path().join("stat"))
        });
        files
            .filter_map(|file| Seen::read(&fs::read_to_string(file).ok()?))
            .collect()
    }
}

#[cfg(not(target_os = "linux"))]
mod nowhere {
    use super::super::Group;

    /// Processes that left the group of a server, which nobody finds.
    pub(in super::super) struct Outsiders;

    impl Outsiders {
        pub(in super::super) const fn before_the_start() -> Self {
            Self
        }

        pub(in super::super) const fn besides(&mut self, _: Option<u32>) {}

        pub(in super::super) const fn ask_to_end(&self) {}

        pub(in super::super) const fn kill(&self) {}

        pub(in super::super) async fn are_gone(&self) {}

        pub(in super::super) fn with_the_group_left(&self, group: &Group) -> bool {
            group.is_left()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_read_whatever_its_name_holds() {
        let seen = Seen::read("41 (a) b (c)) S 7 41 41 0 -1 4194560").unwrap();
        assert_eq!((seen.id, seen.parent, seen.group), (41, 7, 41));
        assert!(!seen.is_over);
        assert!(Seen::read("42 (sh) Z 7 42 42 0").unwrap().is_over);
        assert_eq!(Seen::read("43"), None);
    }

    #[test]
    fn what_descends_from_us_is_found_but_for_the_group_and_others() {
        let one = |id, parent, group| Seen {
            id,
            parent,
            group,
            is_over: false,
        };
        let seen = [
            one(10, 1, 10),
            // The shell, what it began, and what that began in a session of its own.
            one(20, 10, 20),
            one(21, 20, 20),
            one(22, 21, 22),
            // A daemon, whose parent has ended.
            one(30, 10, 30),
            // What was there before, and a stranger's.
            one(40, 10, 40),
            one(41, 40, 40),
            one(50, 1, 50),
            Seen {
                is_over: true,
                ..one(60, 10, 60)
            },
        ];
        let mut found = outside(&seen, 10, Some(20), &BTreeSet::from([40]));
        found.sort_unstable();
        assert_eq!(found, [22, 30]);
    }
}
