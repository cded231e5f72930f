//! `shrink`: a scenario that fails, made as small as it gets.

use crate::args::ShrinkArgs;
use crate::{HOLDS, USAGE, VIOLATED, run};
use resplay_harness::hunt::shrink;
use std::fs;

/// Shrinks; gives the exit status.
pub fn main(args: &ShrinkArgs) -> u8 {
    let read = run::read(&args.file);
    let scenario = read.and_then(|scenario| Ok(scenario.flattened(args.variant.as_deref(), &args.sets)?));
    let scenario = match scenario {
        Ok(scenario) => scenario,
        Err(report) => {
            eprintln!("{report:?}");
            return USAGE;
        }
    };
    let Some(shrunk) = shrink(&scenario, args.seed, &args.bugs) else {
        eprintln!("resplay shrink: {} holds with seed {}", args.file.display(), args.seed);
        return VIOLATED;
    };
    if let Err(error) = fs::write(&args.out, &shrunk.text) {
        eprintln!("resplay shrink: {}: {error}", args.out.display());
        return USAGE;
    }
    run::print(&format!(
        "{}\n{} runs; see it with: resplay run {}\n",
        shrunk.signature,
        shrunk.runs,
        args.out.display()
    ));
    HOLDS
}
