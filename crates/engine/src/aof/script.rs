//! Disk operations that are done one after the other, and what is said of one that fails.

use resplay_base::{DiskError, DiskOk, DiskOp};
use resplay_persistence::messages::{self, Line};
use std::collections::VecDeque;

/// What is left to do, and what is under way.
#[derive(Clone, Debug, Default)]
pub struct Script {
    rest: VecDeque<DiskOp>,
    current: Option<DiskOp>,
    /// The file that was opened last.
    file: String,
}

impl Script {
    /// Adds operations.
    pub fn extend(&mut self, operations: impl IntoIterator<Item = DiskOp>) {
        self.rest.extend(operations);
    }

    /// Whether nothing is left to begin.
    pub fn is_over(&self) -> bool {
        self.rest.is_empty()
    }

    /// Goes on with the next operation, if there is one.
    pub fn follow(&mut self) -> Option<DiskOp> {
        self.current = self.rest.pop_front();
        if let Some(DiskOp::Open { path, .. }) = &self.current {
            self.file = name(path).to_string();
        }
        self.current.clone()
    }

    /// Whether the operation under way deletes a file.
    pub fn was_unlink(&self) -> bool {
        matches!(self.current, Some(DiskOp::Unlink { .. }))
    }

    /// How the operation under way ended: a disk that takes only a part of what is appended is full.
    pub fn judge(&self, result: Result<DiskOk, DiskError>) -> Result<DiskOk, DiskError> {
        match (&self.current, &result) {
            (Some(DiskOp::Append { bytes, .. }), Ok(DiskOk::Wrote(wrote))) if *wrote < bytes.len() as u64 => {
                Err(DiskError::NoSpace)
            }
            _ => result,
        }
    }

    /// What the real servers say when the operation under way fails.
    pub fn complaint(&self, why: DiskError) -> Line {
        match &self.current {
            Some(DiskOp::MakeDir { path }) => messages::cannot_make_directory(path, why),
            Some(DiskOp::Open { .. }) if self.file.ends_with(".manifest") => {
                messages::cannot_create_manifest(&self.file, why)
            }
            Some(DiskOp::Open { .. }) => messages::cannot_open(&self.file, why),
            Some(DiskOp::Append { .. } | DiskOp::Close { .. }) => {
                messages::cannot_write_manifest(&self.file, why)
            }
            Some(DiskOp::Fsync { .. }) => messages::cannot_sync_manifest(&self.file, why),
            Some(DiskOp::Rename { from, to }) => messages::cannot_rename(name(from), name(to), why),
            Some(DiskOp::SyncDir { dir }) => messages::cannot_sync_directory(dir, why),
            _ => messages::write_error(why),
        }
    }
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use resplay_base::Handle;

    const HANDLE: Handle = Handle(1);

    fn manifest() -> Script {
        let mut script = Script::default();
        script.extend([
            DiskOp::Open { path: "d/temp-a.manifest".into(), handle: HANDLE, create: true, truncate: true },
            DiskOp::Append { handle: HANDLE, bytes: vec![0; 4] },
            DiskOp::Fsync { handle: HANDLE },
            DiskOp::Rename { from: "d/temp-a.manifest".into(), to: "d/a.manifest".into() },
            DiskOp::SyncDir { dir: "d".into() },
        ]);
        script
    }

    #[test]
    fn a_part_of_a_file_is_no_file() {
        let mut script = manifest();
        script.follow();
        assert_eq!(script.judge(Ok(DiskOk::Done)), Ok(DiskOk::Done));
        script.follow();
        assert_eq!(script.judge(Ok(DiskOk::Wrote(4))), Ok(DiskOk::Wrote(4)));
        assert_eq!(script.judge(Ok(DiskOk::Wrote(3))), Err(DiskError::NoSpace));
        assert!(!script.is_over());
    }

    #[test]
    fn each_operation_has_the_real_servers_complaint() {
        let mut script = manifest();
        let complaints: Vec<String> = std::iter::from_fn(|| {
            script.follow()?;
            Some(script.complaint(DiskError::Io).text)
        })
        .collect();
        let expected = [
            "Can't open the AOF manifest file temp-a.manifest: Input/output error",
            "Error trying to write the temporary AOF manifest file temp-a.manifest: Input/output error",
            "Fail to fsync the temp AOF file temp-a.manifest: Input/output error.",
            "Error trying to rename the temporary AOF manifest file temp-a.manifest into a.manifest: Input/output error",
            "Fail to fsync AOF directory d: Input/output error.",
        ];
        assert_eq!(complaints, expected);
        assert!(script.is_over());
    }
}
