//! A scenario file that has been read, and every variant of it found to be sound.

use super::mistake::{Mistake, Source};
use super::paths;
use super::plan::Plan;
use super::tree::{Tree, Value};
use std::sync::Arc;

/// A scenario: a base and its variants.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    name: String,
    base: Tree,
    variants: Vec<(String, Tree)>,
}

impl Scenario {
    /// Reads a scenario. `name` is what it is called in results: the path as given. All variants are checked.
    pub fn parse(name: &str, text: &str) -> Result<Scenario, Mistake> {
        let source = Arc::new(Source { name: name.to_string(), text: text.into() });
        let whole = Tree::parse(&source)?;
        let named = |tree: &Tree| {
            let tables = tree.entries().iter().map(|entry| (entry.key.clone(), entry.tree.clone()));
            tables.collect()
        };
        let variants: Vec<(String, Tree)> = whole.get("variants").map_or_else(Vec::new, named);
        let scenario = Scenario { name: name.to_string(), base: whole.without(&["variants"]), variants };
        scenario.check(&whole)?;
        Ok(scenario)
    }

    /// What it is called: the path that was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its title.
    pub fn title(&self) -> &str {
        self.base.get("title").and_then(Tree::text).unwrap_or_default()
    }

    /// The names of its variants, in the order of the file.
    pub fn variants(&self) -> impl Iterator<Item = &str> {
        self.variants.iter().map(|(name, _)| name.as_str())
    }

    /// What one run needs: the base, with a variant and `--set` arguments laid over it.
    pub fn plan(&self, variant: Option<&str>, sets: &[String]) -> Result<Plan, Mistake> {
        Plan::resolve(&self.tree(variant, sets)?)
    }

    fn tree(&self, variant: Option<&str>, sets: &[String]) -> Result<Tree, Mistake> {
        let mut tree = self.base.clone();
        if let Some(wanted) = variant {
            self.demand_only_goals_of_its_own(&mut tree);
            let known = self.variants.iter().find(|(name, _)| name == wanted);
            let (_, overrides) =
                known.ok_or_else(|| Mistake::unknown("variant", wanted, self.variants().chain(["base"])))?;
            paths::apply_variant(&mut tree, overrides)?;
        }
        sets.iter().try_for_each(|set| paths::apply_set(&mut tree, set))?;
        Ok(tree)
    }

    /// A scenario of its own, without variants: the base with a variant and `--set` arguments laid over it.
    pub fn flattened(&self, variant: Option<&str>, sets: &[String]) -> Result<Scenario, Mistake> {
        let base = self.tree(variant, sets)?;
        Plan::resolve(&base)?;
        Ok(Scenario { name: self.name.clone(), base, variants: Vec::new() })
    }

    /// The base and the variants, as tables.
    pub(super) fn parts(&self) -> (&Tree, &[(String, Tree)]) {
        (&self.base, &self.variants)
    }

    fn demand_only_goals_of_its_own(&self, tree: &mut Tree) {
        if let Value::Table(entries) = &mut tree.value
            && let Some(checks) = entries.iter_mut().find(|entry| entry.key == "checks")
        {
            checks.tree = checks.tree.without(&["goals"]);
        }
    }

    fn check(&self, whole: &Tree) -> Result<(), Mistake> {
        for entry in whole.get("variants").map_or(&[][..], Tree::entries) {
            if entry.key == "base" {
                return Err(entry
                    .mark
                    .mistake("a variant cannot be called `base`: that is the scenario itself"));
            }
            if !matches!(entry.tree.value, Value::Table(_)) {
                return Err(entry.mark.mistake("a variant is a table of overrides"));
            }
        }
        self.plan(None, &[])?;
        let names: Vec<&str> = self.variants().collect();
        names.into_iter().try_for_each(|name| self.plan(Some(name), &[]).map(drop))
    }
}
