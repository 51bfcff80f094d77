//! The configuration as a whole: what an operator writes, and what a program gets.

use std::collections::BTreeMap;
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;

crate::config_group! {
    /// Options of every type.
    #[allow(dead_code, reason = "only the declarations matter here")]
    struct Basics in "DEFAULT" {
        /// A text.
        name: String = "nova",
        /// A path that depends on another option.
        #[option(mutable)]
        state: PathBuf = "/var/$name",
        /// May be absent.
        #[option(min = 1, max = 9)]
        level: Option<i64>,
        /// A colour.
        #[option(choices = ["red", "green"], deprecated = "paint", deprecated = "old.colour")]
        colour: String = "red",
        /// A switch.
        verbose: bool = false,
        /// A list.
        filters: Vec<String> = ["A,1", "B"],
        /// Repeated.
        topic: Multi<String> = ["one", "two"],
        /// Weights by name.
        weights: BTreeMap<String, f64>,
        /// Where the database is.
        connection: Option<Secret>,
        /// A text that may refer to a secret.
        note: Option<String>,
    }
}

crate::config_group! {
    /// Another section.
    struct Conductor in "conductor" {
        /// How many.
        workers: u32 = 1,
        /// Named like a word of the language.
        #[option(name = "type")]
        kind: String = "plain",
    }
}

fn builder() -> ConfigBuilder {
    Config::builder().register::<Basics>().register::<Conductor>()
}

fn with_files(texts: &[&str]) -> (tempfile::TempDir, ConfigBuilder) {
    let dir = tempfile::tempdir().unwrap();
    let mut builder = builder();
    for (number, text) in texts.iter().enumerate() {
        let path = dir.path().join(format!("{number}.conf"));
        std::fs::write(&path, text).unwrap();
        builder = builder.file(path);
    }
    (dir, builder)
}

fn load(text: &str) -> Config {
    with_files(&[text]).1.load().unwrap()
}

fn refusal(text: &str) -> String {
    with_files(&[text]).1.load().unwrap_err().to_string()
}

fn variable(name: &str, value: &str) -> [(String, String); 1] {
    [(name.to_owned(), value.to_owned())]
}

#[test]
fn later_files_win_then_the_environment_then_the_command_line_then_the_program() {
    let files = ["[DEFAULT]\nname = file0\n[conductor]\nworkers = 2", "[DEFAULT]\nname = file1\n"];
    let name = |builder: ConfigBuilder| builder.load().unwrap().get::<Basics>().name.clone();
    let builder = || with_files(&files);
    let (_dir, plain) = builder();
    assert_eq!(name(plain), "file1");
    let (_dir, plain) = builder();
    let environment = plain.env_vars(variable("OS_DEFAULT__NAME", "env"));
    assert_eq!(name(environment), "env");
    let (_dir, plain) = builder();
    let arguments = plain.env_vars(variable("OS_DEFAULT__NAME", "env")).args(["--name", "arg"]);
    assert_eq!(name(arguments), "arg");
    let (_dir, plain) = builder();
    assert_eq!(name(plain.args(["--name=arg"]).set("DEFAULT", "name", "set")), "set");
}

#[test]
fn files_on_the_command_line_come_after_those_of_the_program_and_replace_the_default_ones() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str, value: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, format!("[conductor]\nworkers = {value}\n")).unwrap();
        path
    };
    let (fixed, default, named) = (path("fixed", "1"), path("default", "2"), path("named", "3"));
    let workers = |builder: ConfigBuilder| builder.load().unwrap().get::<Conductor>().workers;
    assert_eq!(workers(builder().default_file(&default)), 2);
    assert_eq!(workers(builder().default_file(dir.path().join("absent"))), 1);
    let named = named.to_str().unwrap();
    assert_eq!(workers(builder().default_file(&default).file(&fixed).args(["--config-file", named])), 3);
    let load = builder().default_file(&default).args(["--config-dir", "/does/not/exist"]).load();
    assert!(load.unwrap_err().to_string().contains("/does/not/exist: cannot be read"));
}

#[test]
fn repeated_options_add_up_over_files_and_are_replaced_by_the_environment() {
    let files = ["[DEFAULT]\ntopic = a\ntopic = b,c\n", "[DEFAULT]\ntopic = \"d\"\nname = x\nname = y\n"];
    let (_dir, builder) = with_files(&files);
    let options = builder.load().unwrap().get::<Basics>();
    assert_eq!(*options.topic, ["a", "b,c", "d"]);
    assert_eq!(options.name, "y");
    let (_dir, builder) = with_files(&files);
    let options = builder.env_vars(variable("OS_DEFAULT__TOPIC", "e")).load().unwrap().get::<Basics>();
    assert_eq!(*options.topic, ["e"]);
    assert_eq!(*load("").get::<Basics>().topic, ["one", "two"]);
}

#[test]
fn quotes_around_a_value_go_and_those_around_the_items_of_a_list_stay_together() {
    let options =
        load("[DEFAULT]\nname = \" x \"\nfilters = \"A,B\"\nweights = 'a:1,b:2.5'\n").get::<Basics>();
    assert_eq!(options.name, " x ");
    assert_eq!(options.filters, ["A", "B"]);
    assert_eq!(options.weights, BTreeMap::from([("a".to_owned(), 1.0), ("b".to_owned(), 2.5)]));
    assert_eq!(load("[DEFAULT]\nfilters = \"A,1\",\n  \"B\"").get::<Basics>().filters, ["A,1", "B"]);
    assert_eq!(load("[DEFAULT]\nname = \"a\"b\"").get::<Basics>().name, "a\"b");
}

#[test]
fn references_reach_the_own_section_then_default_then_options_that_are_only_in_files() {
    let config = load(
        "[DEFAULT]\nname = n$$\nworkers = 9\nstate = $base/${name}-$conductor.type\nbase = /srv\n[conductor]\ntype = t$workers$name\n",
    );
    assert_eq!(config.get::<Conductor>().kind, "t1n$");
    assert_eq!(config.get::<Basics>().state, PathBuf::from("/srv/n$-t1n$"));
    let unknown: Vec<String> = config.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(unknown.len(), 1, "what is referred to is not unknown: {unknown:?}");
    assert!(
        unknown[0].contains("workers: no such option in this service; did you mean [conductor] workers?")
    );
    assert_eq!(load("[DEFAULT]\nname = x").get::<Basics>().state, PathBuf::from("/var/x"));
}

#[test]
fn a_reference_to_nothing_or_to_itself_stops_the_start() {
    let text = refusal("[DEFAULT]\nname = $nobody\n[conductor]\ntype = $type\n");
    assert!(text.contains("0.conf:2: [DEFAULT] name: refers to $nobody"), "{text}");
    assert!(text.contains("0.conf:4: [conductor] type: refers to itself"), "{text}");
}

#[test]
fn every_mistake_is_in_one_error_with_its_file_and_line() {
    let text = refusal(
        "[DEFAULT]\nlevel = 10\ncolour = blue\nverbose = perhaps\nnonsense\n\n[conductor]\nworkers =\n -1\n",
    );
    for expected in [
        "5 problems:",
        "0.conf:2: [DEFAULT] level: expected a whole number, at least 1 and at most 9, found \"10\"",
        "0.conf:3: [DEFAULT] colour: expected one of: red, green, found \"blue\"",
        "0.conf:4: [DEFAULT] verbose: expected true or false, found \"perhaps\"",
        "0.conf:5: neither a section, a comment nor 'option = value'",
        "0.conf:8: [conductor] workers: expected a whole number from 0 to 4294967295, found \"\\n-1\"",
    ] {
        assert!(text.contains(expected), "{expected}\nis not in\n{text}");
    }
}

#[test]
fn deprecated_names_work_with_one_warning_and_lose_against_the_new_name_in_the_same_file() {
    let config = load("[DEFAULT]\npaint = green\npaint = green\n");
    assert_eq!(config.get::<Basics>().colour, "green");
    let warnings: Vec<String> = config.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 1);
    assert!(
        warnings[0].ends_with("0.conf:3: [DEFAULT] paint: deprecated; use [DEFAULT] colour"),
        "{warnings:?}"
    );
    assert_eq!(load("[old]\ncolour = green\n").get::<Basics>().colour, "green");
    assert_eq!(load("[DEFAULT]\ncolour = red\n[old]\ncolour = green\n").get::<Basics>().colour, "red");
    let (_dir, builder) = with_files(&["[DEFAULT]\ncolour = red\n", "[old]\ncolour = green\n"]);
    assert_eq!(builder.load().unwrap().get::<Basics>().colour, "green");
}

const ODD: &str = "[DEFAULT]\nnmae = x\nnmae = y\n[conductro]\nworkers = 1\nkind = 2\n[libvirt]\nx = 1\n";

#[test]
fn unknown_options_and_sections_are_one_warning_each_with_what_was_meant() {
    let (_dir, builder) = with_files(&[ODD]);
    let config = builder.foreign_group("libvirt").load().unwrap();
    let warnings: Vec<String> = config.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(
        warnings[0].ends_with("0.conf:2: [DEFAULT] nmae: no such option in this service; did you mean name?")
    );
    assert!(warnings[1].contains("[conductro]: no such section in this service (2 options not used)"));
    assert!(warnings[1].ends_with("did you mean [conductor]?"), "{warnings:?}");
}

#[test]
fn under_strict_validation_unknown_options_are_errors_and_deprecated_ones_are_not() {
    let (_dir, builder) = with_files(&[ODD]);
    assert_eq!(builder.validate_strict().load().unwrap_err().problems().len(), 3);
    let (_dir, builder) = with_files(&["[DEFAULT]\npaint = green\n"]);
    assert_eq!(builder.validate_strict().load().unwrap().warnings().len(), 1);
}

const PASSWORD: &str = "s3same";

#[test]
fn a_check_that_prints_its_reader_prints_no_secret() {
    crate::config_group! {
        /// Curious.
        #[allow(dead_code, reason = "only its Debug matters here")]
        struct Curious in "curious", check = Curious::check {
            /// Hidden.
            key: Option<Secret>,
        }
    }
    impl Curious {
        fn check(&mut self, reader: &mut GroupReader<'_>) {
            let shown = format!("{self:?} {reader:?}");
            reader.refuse("key", shown);
        }
    }
    let error = Config::builder().register::<Curious>().set("curious", "key", PASSWORD).load().unwrap_err();
    assert!(error.to_string().contains("Some(***)") && !format!("{error:?}").contains(PASSWORD), "{error:?}");
}

#[test]
fn a_secret_is_in_no_debug_dump_sample_or_error() {
    let config = load("[DEFAULT]\nconnection = db://u:s3same@h/\nnote = see $connection\nstate = /$note\n");
    let options = config.get::<Basics>();
    assert_eq!(options.connection.as_ref().unwrap().expose(), "db://u:s3same@h/");
    let shown = format!("{:?} {config:?} {} {}", options.connection, config.dump(), config.sample());
    assert!(!shown.contains(PASSWORD), "{shown}");
    let dump = config.dump().to_string();
    assert!(dump.contains("[DEFAULT] connection = ***") && dump.contains("[DEFAULT] note = ***"), "{dump}");
    assert!(dump.contains("[DEFAULT] state = ***"), "{dump}");
}

crate::config_group! {
    /// Secrets that can be malformed.
    #[allow(dead_code, reason = "only the declarations matter here")]
    struct Keys in "keys" {
        /// A list.
        keys: Vec<Secret>,
        /// Must be a number, and may come from a secret by reference.
        #[option(choices = ["0"])]
        pin: Option<Secret>,
        /// A number.
        size: Option<u32>,
    }
}

#[test]
fn an_error_about_a_secret_says_what_was_expected_and_not_what_was_found() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("k.conf");
    let text =
        "[keys]\nkeys = \"s3same\npin = s3same\nsize = $pin\n[DEFAULT]\nother = $s3same\n  s3same\ns3same\n";
    std::fs::write(&path, text).unwrap();
    let error = Config::builder().register::<Keys>().file(&path).load().unwrap_err();
    let text = format!("{error} {error:?}");
    assert_eq!(error.problems().len(), 4, "{text}");
    assert!(text.contains("[keys] pin: expected one of: 0\n"), "{text}");
    assert!(!text.contains(PASSWORD), "{text}");
    std::fs::write(&path, "[keys]\npin = a$s3same\n").unwrap();
    let text = Config::builder().register::<Keys>().file(&path).load().unwrap_err().to_string();
    assert!(text.contains("refers with $") && !text.contains(PASSWORD), "{text}");
}

#[test]
fn the_dump_names_every_value_and_its_source() {
    let (_dir, builder) = with_files(&["[DEFAULT]\nname = a\n"]);
    let config = builder.args(["--verbose"]).env_vars(variable("OS_CONDUCTOR__WORKERS", "4")).load().unwrap();
    let dump = config.dump().to_string();
    for expected in [
        "0.conf:2)\n",
        "[DEFAULT] level = <None>  (default)\n",
        "[DEFAULT] verbose = true  (command line)\n",
        "[conductor] workers = 4  (environment variable OS_CONDUCTOR__WORKERS)\n",
        "[DEFAULT] state = /var/a  (default)\n",
    ] {
        assert!(dump.contains(expected), "{expected} is not in {dump}");
    }
}

#[test]
fn the_sample_explains_every_option_and_its_lines_mean_the_defaults() {
    let sample = builder().sample();
    for expected in [
        "[DEFAULT]\n\n# A text. (string value)\n#name = nova\n",
        "# Minimum value: 1\n# Maximum value: 9\n#level = <None>\n",
        "# Possible values: red, green\n# Deprecated group/name - [DEFAULT]/paint\n",
        "# Note: This option can be changed without restarting.\n#state = /var/$name\n",
        "#topic = one\n#topic = two\n",
        "\n[conductor]\n\n# How many. (integer value)\n#workers = 1\n",
    ] {
        assert!(sample.contains(expected), "{expected} is not in {sample}");
    }
    let active: Vec<&str> = sample
        .lines()
        .filter(|line| !line.contains("<None>") && !line.starts_with("# "))
        .map(|line| line.trim_start_matches('#'))
        .collect();
    let (from_sample, plain) = (load(&active.join("\n")), load(""));
    assert_eq!(from_sample.warnings(), []);
    assert_eq!(format!("{:?}", from_sample.get::<Basics>()), format!("{:?}", plain.get::<Basics>()));
    assert_eq!(load(&sample).warnings(), []);
}

#[test]
fn help_is_given_only_when_asked_for_and_names_every_flag() {
    assert_eq!(builder().args(["--", "--help"]).help("x"), None);
    let help = builder().args(["--help"]).help("nova-x [options]").unwrap();
    for expected in [
        "usage: nova-x [options]",
        "--config-dir DIR",
        "--verbose, --noverbose",
        "--conductor-workers WORKERS",
    ] {
        assert!(help.contains(expected), "{expected} is not in {help}");
    }
}

#[test]
fn an_option_without_default_must_be_set() {
    crate::config_group! {
        /// Needs something.
        struct Needy in "needy" {
            /// Needed.
            thing: u32,
        }
    }
    let error = Config::builder().register::<Needy>().load().unwrap_err();
    assert_eq!(error.to_string(), "the configuration cannot be used: [needy] thing: must be set");
    let config = Config::builder().register::<Needy>().set("needy", "thing", "3").load().unwrap();
    assert_eq!(config.get::<Needy>().thing, 3);
}

#[test]
fn two_groups_may_share_an_option_they_agree_on_and_no_other() {
    crate::config_group! {
        /// Shares an option.
        struct Agreeing in "conductor" {
            /// The same.
            workers: u32 = 1,
        }
    }
    crate::config_group! {
        /// Claims an option.
        #[allow(dead_code, reason = "only the declarations matter here")]
        struct Claiming in "conductor" {
            /// Another.
            workers: u32 = 2,
        }
    }
    let config = builder().register::<Agreeing>().set("conductor", "workers", "5").load().unwrap();
    assert_eq!((config.get::<Agreeing>().workers, config.get::<Conductor>().workers), (5, 5));
    let error = builder().register::<Claiming>().load().unwrap_err().to_string();
    assert!(error.contains("[conductor] workers: declared twice"), "{error}");
}

#[test]
#[should_panic(expected = "was not registered")]
fn asking_for_a_group_that_was_not_registered_names_it() {
    Config::builder().load().unwrap().get::<Conductor>();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_that_is_not_a_secret_survives_a_file(value in "[!-~é]([ -~é]{0,30}[!-~é])?") {
        let quoted = format!("[DEFAULT]\nname = '{}'\n", value.replace('$', "$$").replace("\\$", "\\\\$"));
        prop_assume!(!value.contains('\\'));
        let config = load(&quoted);
        prop_assert_eq!(&config.get::<Basics>().name, &value);
    }

    #[test]
    fn no_file_makes_loading_panic(
        lines in proptest::collection::vec("(name|topic|filters|weights|level|\\[x\\]|\\[conductor\\]|  |x)?[=:\\[\\]$,\"' a1.{}]{0,12}", 0..12)
    ) {
        let text = format!("[DEFAULT]\n{}\n", lines.join("\n"));
        let _ = with_files(&[&text]).1.load().map(|config| (config.dump().to_string(), config.reload().is_ok()));
    }
}
