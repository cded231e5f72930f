//! Stories about the format: what is read, how overrides land, and whom a mistake blames.

use super::*;

const BASE: &str = r#"
title = "A title"
lesson = "A lesson."
duration = "1m"

[nodes.cache]
config = { maxmemory = "8mb", maxmemory-policy = "noeviction" }

[apps.sessions]
kind = "session-store"
node = "cache"
clients = 20
rate = "50/s"

[faults.stop]
at = "10s..20s"
for = "1s"
pause = { node = "cache" }

[checks]
require = ["up"]
goals = ["oom-reply"]

[variants.ttl]
"apps.sessions.ttl" = "1h"
goals = []
"#;

fn parse(text: &str) -> Result<Scenario, Mistake> {
    Scenario::parse("test.toml", text)
}

/// The mistake after replacing a part of the base: the words it blames, its message and its help.
fn mistake(from: &str, to: &str) -> (String, String) {
    assert!(BASE.contains(from), "{from}");
    told(parse(&BASE.replacen(from, to, 1)).unwrap_err())
}

fn told(mistake: Mistake) -> (String, String) {
    let help = miette::Diagnostic::help(&mistake).map(|help| help.to_string()).unwrap_or_default();
    let words = mistake.mark().map(Mark::words).unwrap_or_default().to_string();
    (words, format!("{mistake}; {help}"))
}

fn set(argument: &str) -> Result<Plan, Mistake> {
    parse(BASE).unwrap().plan(None, &[argument.to_string()])
}

#[test]
fn a_scenario_is_read_with_its_variants() {
    let scenario = parse(BASE).unwrap();
    assert_eq!(scenario.variants().collect::<Vec<_>>(), ["ttl"]);
    let (base, ttl) = (scenario.plan(None, &[]).unwrap(), scenario.plan(Some("ttl"), &[]).unwrap());
    assert_eq!(base.checks.goals, ["oom-reply"]);
    assert!(ttl.checks.goals.is_empty());
    assert_eq!(ttl.apps["sessions"].options["ttl"].as_str(), Some("1h"));
    assert_eq!(base.nodes["cache"].config["maxmemory"], "8mb");
}

#[test]
fn a_misspelt_key_is_blamed_and_the_right_one_suggested() {
    assert_eq!(
        mistake("duration =", "duraton ="),
        ("duraton".into(), "unknown key `duraton`; did you mean `duration`?".into())
    );
    assert_eq!(
        mistake("clients =", "cleints ="),
        ("cleints".into(), "unknown key `cleints`; did you mean `clients`?".into())
    );
    assert_eq!(mistake("config =", "confg =").0, "confg");
    assert_eq!(
        mistake("maxmemory =", "maxmemroy =").1,
        "unknown directive `maxmemroy`; did you mean `maxmemory`?"
    );
}

#[test]
fn unknown_kinds_hosts_checks_goals_and_faults_are_blamed() {
    assert_eq!(mistake("session-store", "sesion-store").0, "\"sesion-store\"");
    assert_eq!(mistake("node = \"cache\"\nclients", "node = \"cash\"\nclients").0, "\"cash\"");
    assert_eq!(mistake("pause = { node = \"cache\" }", "pause = { node = \"web\" }").0, "\"web\"");
    assert_eq!(mistake("pause =", "pausse =").1, "unknown fault `pausse`; did you mean `pause`?");
    assert_eq!(mistake("\"up\"", "\"upp\"").1, "unknown check `upp`; did you mean `up`?");
    assert_eq!(
        mistake("\"oom-reply\"", "\"oom-replies\"").1,
        "unknown goal `oom-replies`; did you mean `oom-reply`?"
    );
}

#[test]
fn a_wrong_unit_is_blamed_with_the_units_that_exist() {
    let (words, message) = mistake("\"1m\"", "\"1 minute\"");
    assert_eq!(words, "\"1 minute\"");
    assert!(message.contains("units: ns, us, ms, s, m, h, d"), "{message}");
    assert_eq!(mistake("\"50/s\"", "\"50/x\"").0, "\"50/x\"");
    assert_eq!(mistake("\"10s..20s\"", "\"20s..10s\"").0, "\"20s..10s\"");
}

#[test]
fn a_mistake_in_a_variant_is_blamed_on_the_variant() {
    assert_eq!(mistake("\"apps.sessions.ttl\"", "\"apps.sesions.ttl\"").0, "sesions");
    assert_eq!(mistake("\"apps.sessions.ttl\"", "\"apps.sessions.tll\"").0, "tll");
    assert_eq!(mistake("\"1h\"", "\"1 hour\"").0, "\"1 hour\"");
}

#[test]
fn set_takes_toml_or_else_text_and_blames_its_own_words() {
    assert_eq!(
        set("nodes.cache.config.maxmemory-policy=allkeys-lru").unwrap().nodes["cache"].config["maxmemory-policy"],
        "allkeys-lru"
    );
    assert_eq!(
        set("apps.sessions.clients=5").unwrap().apps["sessions"].options["clients"].as_integer(),
        Some(5)
    );
    assert!(set("goals=[]").unwrap().checks.goals.is_empty());
    assert_eq!(told(set("apps.sessions.cleints=5").err().unwrap()).0, "cleints");
    assert_eq!(
        told(set("nodes.cash.config.port=5").err().unwrap()).1,
        "unknown node `cash`; did you mean `cache`?"
    );
    assert_eq!(told(set("apps.sessions.rate=many").err().unwrap()).0, "many");
    assert!(set("apps.sessions").is_err());
}

#[test]
fn an_unknown_variant_is_a_mistake() {
    let scenario = parse(BASE).unwrap();
    assert_eq!(
        told(scenario.plan(Some("tll"), &[]).err().unwrap()).1,
        "unknown variant `tll`; did you mean `ttl`?"
    );
}

#[test]
fn what_is_printed_reads_as_the_same_scenario() {
    let scenario = parse(BASE).unwrap();
    let printed = scenario.to_string();
    let again = parse(&printed).unwrap();
    assert_eq!(again.to_string(), printed);
    assert_eq!(again.variants().collect::<Vec<_>>(), ["ttl"]);
    let config = |scenario: &Scenario| scenario.plan(None, &[]).unwrap().nodes["cache"].config.clone();
    assert_eq!(config(&again), config(&scenario));
}

#[test]
fn a_diagnostic_shows_file_line_and_the_words_underlined() {
    let mistake = parse(&BASE.replace("clients =", "cleints =")).unwrap_err();
    let mut shown = String::new();
    let handler = miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::unicode_nocolor());
    handler.render_report(&mut shown, &mistake).unwrap();
    assert!(shown.contains("test.toml:12"), "{shown}");
    assert!(shown.contains("cleints = 20") && shown.contains("did you mean `clients`?"), "{shown}");
}
