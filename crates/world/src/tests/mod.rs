//! Stories: small worlds in which one thing goes wrong.

mod determinism;
mod disks;
mod faults;
mod hosts;
mod network;
mod toy;
