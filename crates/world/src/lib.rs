//! What a host can feel: an event heap, links, disks, clocks and CPU. Knows no Redis.
