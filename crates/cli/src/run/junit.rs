//! JUnit XML, for continuous integration.

use super::Printer;
use super::jobs::Done;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use resplay_harness::Verdict;

/// Collects runs as test cases, a suite per scenario.
#[derive(Default)]
pub struct Junit {
    suites: Vec<TestSuite>,
}

impl Printer for Junit {
    fn done(&mut self, done: Done) -> String {
        let outcome = &done.outcome;
        if self.suites.last().is_none_or(|suite| suite.name.as_str() != outcome.scenario) {
            self.suites.push(TestSuite::new(outcome.scenario.as_str()));
        }
        let mut case = TestCase::new(format!("{} seed {}", outcome.column(), outcome.seed), status(&done));
        case.set_classname(outcome.scenario.as_str());
        case.set_time(done.wall);
        if let Some(report) = &done.outcome.cuts {
            case.set_system_out(format!("crash cuts: {report}\n{}", report.table()));
        }
        if let Some(suite) = self.suites.last_mut() {
            suite.add_test_case(case);
        }
        String::new()
    }

    fn end(&mut self) -> String {
        let mut report = Report::new("resplay");
        report.add_test_suites(std::mem::take(&mut self.suites));
        report.to_string().unwrap_or_else(|error| format!("<!-- {error} -->\n"))
    }
}

fn status(done: &Done) -> TestCaseStatus {
    let kind = match done.outcome.verdict {
        Verdict::Pass => return TestCaseStatus::success(),
        Verdict::Fail => NonSuccessKind::Failure,
        Verdict::Error => NonSuccessKind::Error,
    };
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(done.outcome.why.first().cloned().unwrap_or_default());
    status.set_description(format!("{}\n{}", done.outcome.why.join("\n"), done.outcome.reproduction()));
    status
}
