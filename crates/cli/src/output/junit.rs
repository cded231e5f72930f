//! A JUnit report: a suite per scenario, a case per variant and seed.

use super::{Ran, again};
use miette::{IntoDiagnostic, Report};
use quick_junit::{NonSuccessKind, Report as Junit, TestCase, TestCaseStatus, TestSuite};
use resplay_harness::Verdict;

pub fn print(ran: &[Ran], extra: &str) -> Result<(), Report> {
    let mut report = Junit::new("resplay");
    for of_scenario in ran.chunk_by(|one, other| one.outcome.scenario == other.outcome.scenario) {
        let mut suite = TestSuite::new(of_scenario[0].outcome.scenario.clone());
        suite.add_test_cases(of_scenario.iter().map(|ran| case(ran, extra)));
        report.add_test_suite(suite);
    }
    println!("{}", report.to_string().into_diagnostic()?);
    Ok(())
}

fn case(ran: &Ran, extra: &str) -> TestCase {
    let outcome = &ran.outcome;
    let mut case = TestCase::new(format!("{} seed {}", outcome.column(), outcome.seed), status(ran, extra));
    case.set_time(ran.wall);
    case
}

fn status(ran: &Ran, extra: &str) -> TestCaseStatus {
    let kind = match ran.outcome.verdict {
        Verdict::Pass => return TestCaseStatus::success(),
        Verdict::Fail => NonSuccessKind::Failure,
        Verdict::Error => NonSuccessKind::Error,
    };
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(ran.outcome.why.join("; "));
    status.set_description(format!("{}\nagain: {}", ran.outcome.why.join("\n"), again(&ran.outcome, extra)));
    status
}
