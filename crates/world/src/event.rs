//! What can be scheduled. Events are small and `Copy`; what they carry lies in connections, hosts and disks, and
//! a reference that went stale (by its generation) makes the event void.

use crate::host::HostId;
use crate::net::{AttemptRef, PipeRef};

#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    /// The time charged for a process's calls is over: what they asked for takes place.
    Done { host: HostId, life: u32 },
    /// A node's deadline may have come.
    Timer { host: HostId },
    /// The next segment of a pipe reaches the other kernel, unless it was sent before the loss that `epoch` tells.
    Arrive { pipe: PipeRef, epoch: u16 },
    /// A pipe's retransmission timer.
    Retry { pipe: PipeRef },
    /// A sender learns that its peer's buffer has room again.
    Window { pipe: PipeRef },
    /// A reset reaches the end that sends on this pipe.
    Reset { pipe: PipeRef },
    /// A handshake's first packet reaches the other host.
    Syn { attempt: AttemptRef },
    /// The answer of a listener comes back.
    SynAck { attempt: AttemptRef },
    /// The answer of a host where nobody listens comes back.
    Refusal { attempt: AttemptRef },
    /// No answer to the handshake so far.
    SynRetry { attempt: AttemptRef },
    /// A disk operation is finished.
    Disk { host: HostId, slot: u64 },
    /// A slow reader reads on.
    ReadOn { host: HostId, life: u32 },
}
