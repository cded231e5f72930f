//! Every event of a run, one after the other: inputs of processes, and what faults did.

use crate::report::FAULT;
use crate::stage::Stage;
use resplay_world::TraceLine;
use serde::Serialize;
use std::collections::BTreeMap;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TraceEvent {
    /// True time, in nanoseconds of the world.
    pub at_ns: u64,
    /// Whose process got it, by the name in the scenario, or `fault`.
    pub host: String,
    /// What kind of input: `Data`, `Timer`, `DiskDone`, …; of faults `Fault`.
    pub kind: String,
    /// How many bytes it brought.
    pub bytes: usize,
    /// In words; of data the first bytes.
    pub text: String,
    /// The number of the input in its world.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// The world's digest after it, in hexadecimal: the first event in which two runs differ is where they part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

impl TraceEvent {
    fn of_input(line: &TraceLine, hosts: &BTreeMap<u32, String>) -> TraceEvent {
        let kind = line.what.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        TraceEvent {
            at_ns: line.at,
            host: hosts.get(&line.host.0).cloned().unwrap_or_default(),
            kind: kind.to_owned(),
            bytes: line.bytes,
            text: line.what.clone(),
            number: Some(line.number),
            digest: Some(format!("{:016x}", line.digest)),
        }
    }

    fn of_fault(at_ns: u64, text: &str) -> TraceEvent {
        let (host, kind, text) = (FAULT.to_owned(), "Fault".to_owned(), text.to_owned());
        TraceEvent { at_ns, host, kind, bytes: 0, text, number: None, digest: None }
    }
}

/// The inputs that a stage kept and what faults did, in the order of time; a fault comes before what it leads to.
pub(crate) fn events(stage: &Stage) -> Vec<TraceEvent> {
    let hosts = stage.hosts().map(|(name, host)| (host.0, name.to_owned())).collect();
    let inputs = stage.world.trace().map(|line| TraceEvent::of_input(line, &hosts));
    let faults = stage.notes().iter().map(|note| TraceEvent::of_fault(note.at_ns, &note.text));
    let mut events: Vec<TraceEvent> = faults.chain(inputs).collect();
    events.sort_by_key(|event| event.at_ns);
    events
}

/// Where two runs part: the first event of each that the other does not have.
pub fn parting<'a>(
    one: &'a [TraceEvent],
    other: &'a [TraceEvent],
) -> (Option<&'a TraceEvent>, Option<&'a TraceEvent>) {
    let alike = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    (one.get(alike), other.get(alike))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_part_at_the_first_event_that_differs() {
        let event = |at_ns| TraceEvent::of_fault(at_ns, "cache is paused");
        let one = [event(1), event(2), event(3)];
        let other = [event(1), event(4)];
        assert_eq!(parting(&one, &other), (Some(&event(2)), Some(&event(4))));
        assert_eq!(parting(&one, &one[..2]), (Some(&event(3)), None));
        assert_eq!(parting(&one, &one), (None, None));
    }
}
