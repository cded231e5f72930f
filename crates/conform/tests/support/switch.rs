//! Switches of the environment.

/// Whether one is on.
#[expect(clippy::disallowed_methods, reason = "what is installed differs between machines, and CI insists")]
pub fn is_set(name: &str) -> bool {
    std::env::var(name).is_ok_and(|value| value == "1")
}
