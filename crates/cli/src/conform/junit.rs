//! JUnit XML: a suite per transcript, a test case per case and protocol.

use super::Printer;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use resplay_conform::suite::{Judged, Tally, Verdict};

/// Collects cases.
#[derive(Default)]
pub struct Junit {
    suites: Vec<TestSuite>,
}

impl Printer for Junit {
    fn done(&mut self, judged: &Judged) -> String {
        if self.suites.last().is_none_or(|suite| suite.name.as_str() != judged.file) {
            self.suites.push(TestSuite::new(judged.file.as_str()));
        }
        let protocol = format!("{:?}", judged.protocol).to_uppercase();
        let mut case = TestCase::new(format!("{} ({protocol})", judged.case), status(&judged.verdict));
        case.set_classname(judged.file.as_str());
        if let Some(suite) = self.suites.last_mut() {
            suite.add_test_case(case);
        }
        String::new()
    }

    fn end(&mut self, _: &Tally) -> String {
        let mut report = Report::new("resplay conform");
        report.add_test_suites(std::mem::take(&mut self.suites));
        report.to_string().unwrap_or_else(|error| format!("<!-- {error} -->\n"))
    }
}

fn status(verdict: &Verdict) -> TestCaseStatus {
    match verdict {
        Verdict::Passed { .. } => TestCaseStatus::success(),
        Verdict::Skipped(why) => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(why.as_str());
            status
        }
        Verdict::Failed(differences) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(differences.first().map(|found| found.line.clone()).unwrap_or_default());
            status.set_description(differences.iter().map(|found| found.text.as_str()).collect::<String>());
            status
        }
    }
}
