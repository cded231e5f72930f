//! Stories of disks that lose power.
