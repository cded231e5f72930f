//! The server's log.

use resplay_base::{Effect, Host};
use resplay_persistence::messages::Line;

/// A line.
pub fn log(host: &mut dyn Host, level: char, text: &str) {
    host.effect(Effect::Log { level, text: text.to_string() });
}

/// A line of the catalogue of messages.
pub fn log_line(host: &mut dyn Host, line: Line) {
    host.effect(Effect::Log { level: line.level, text: line.text });
}
