//! PFSELFTEST: An internal command for testing HyperLogLog values.

use crate::context::Context;
use crate::row::{Row, flag};
use resplay_datatypes::hyperloglog as hll;
use resplay_resp::{Args, Error};

/// What the server knows of PFSELFTEST.
pub(super) const ROW: Row = Row {
    summary: "An internal command for testing HyperLogLog values.",
    complexity: "N/A",
    group: "hyperloglog",
    since: "2.8.9",
    doc_flags: &["syscmd"],
    arity: 1,
    flags: flag::ADMIN,
    acl: &["hyperloglog"],
    ..Row::new("pfselftest", run)
};

/// How many elements are added.
const ELEMENTS: u64 = 100_000;
/// The standard error of an estimate is 1.04 / √registers.
const RELATIVE_ERROR: f64 = 1.04 / 128.0;

fn run(ctx: &mut Context<'_>, _: Args<'_>) -> Result<(), Error> {
    let seed = ctx.server.random.below(u64::MAX);
    ctx.data.work.elements += 2 * ELEMENTS;
    test(seed)?;
    ctx.reply.ok();
    Ok(())
}

/// Random elements to a sparse and to a dense one: both must agree, and be near the truth.
fn test(seed: u64) -> Result<(), Error> {
    let failed = |what: String| Error::Custom(format!("TESTFAILED {what}"));
    let (mut sparse, mut dense) = (hll::new(), hll::new());
    hll::make_dense(&mut dense).map_err(super::corrupted)?;
    let mut checkpoint = 1;
    for element in 1..=ELEMENTS {
        let word = (element ^ seed).to_le_bytes();
        let grew = [&mut sparse, &mut dense].map(|bytes| hll::add(bytes, &word, 3_000));
        if grew[0] != grew[1] {
            return Err(failed(format!("sparse and dense differ after {element} elements")));
        }
        if element == checkpoint {
            let count = hll::count(&dense).map_err(super::corrupted)?;
            if hll::count(&sparse) != Ok(count) {
                return Err(failed(format!("sparse and dense count {element} elements differently")));
            }
            let error_max = libm::ceil(RELATIVE_ERROR * 6.0 * element as f64) as u64;
            if count.abs_diff(element) > error_max {
                return Err(failed(format!(
                    "Too big error. card:{element} abserr:{}",
                    count.abs_diff(element)
                )));
            }
            checkpoint *= 10;
        }
    }
    Ok(())
}
