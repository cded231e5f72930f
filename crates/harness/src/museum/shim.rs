//! A host of whose effects a bug makes something else.

use resplay_base::{Effect, Host, Mono, Now, Work};

/// The host, but for effects, which go to `on_effect` with it.
pub(super) struct Shim<'a, F> {
    pub host: &'a mut dyn Host,
    pub on_effect: F,
}

impl<F: FnMut(&mut dyn Host, Effect)> Host for Shim<'_, F> {
    fn now(&self) -> Now {
        self.host.now()
    }
    fn charge(&mut self, work: Work) -> Mono {
        self.host.charge(work)
    }
    fn effect(&mut self, effect: Effect) {
        (self.on_effect)(self.host, effect);
    }
}
