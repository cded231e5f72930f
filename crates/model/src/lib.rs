//! The reference model: naive on purpose, shares no code with the engine.
