//! The server's directory, `dir`.

/// Where the server's files lie if CONFIG SET changed `dir`; otherwise where the process was started.
#[derive(Clone, Debug, Default)]
pub struct Root(Option<String>);

impl Root {
    /// The path of a file of the directory.
    pub fn path(&self, name: &str) -> String {
        match &self.0 {
            Some(directory) => format!("{directory}/{name}"),
            None => name.to_string(),
        }
    }

    /// The directory's own path.
    pub fn directory(&self) -> String {
        self.0.clone().unwrap_or_else(|| ".".to_string())
    }

    /// CONFIG SET dir: relative to the directory before.
    pub fn change(&mut self, to: &str) {
        self.0 = Some(if to.starts_with('/') { to.to_string() } else { self.path(to) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_relative_to_the_one_before() {
        let mut root = Root::default();
        assert_eq!((root.path("dump.rdb"), root.directory()), ("dump.rdb".to_string(), ".".to_string()));
        root.change("a");
        root.change("b");
        assert_eq!(
            (root.path("dump.rdb"), root.directory()),
            ("a/b/dump.rdb".to_string(), "a/b".to_string())
        );
        root.change("/c");
        assert_eq!(root.path("dump.rdb"), "/c/dump.rdb");
    }
}
