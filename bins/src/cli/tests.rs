//! What clap accepts and refuses.

use super::*;
use clap::CommandFactory;
use clap::error::ErrorKind;

fn refused(line: &str) -> ErrorKind {
    let parsed = Cli::try_parse_from(line.split(' '));
    parsed.err().map(|error| error.kind()).expect(line)
}

#[test]
fn the_definition_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn flags_stand_anywhere_and_have_defaults() {
    let cli = Cli::try_parse_from("lmc encode a.png b.png -o out -q".split(' ')).unwrap();
    assert!(cli.talk.quiet);
    let Command::Encode(args) = cli.command else {
        panic!("not encode")
    };
    assert_eq!((args.inputs.len(), args.quality), (2, 60.0));
    assert_eq!(args.device.device, lmc_codec::codecs::DeviceChoice::Auto);
    assert_eq!((args.tile_size, args.force, args.json), (None, false, false));
}

#[test]
fn values_out_of_range_are_usage_errors() {
    for line in [
        "lmc encode a -o b --quality 100.5",
        "lmc encode a -o b --tile-size 100",
        "lmc encode a -o b --effort 0",
        "lmc encode a -o b --effort 10",
        "lmc encode a -o b --threads 0",
        "lmc info a --max-pixels 0",
        "lmc verify a --max-memory much",
        "lmc encode a -o b --device tpu",
    ] {
        assert_eq!(refused(line), ErrorKind::ValueValidation, "{line}");
    }
    if cfg!(feature = "full") {
        let steps = refused("lmc train wavelet --data d --out o --steps 0");
        assert_eq!(steps, ErrorKind::ValueValidation);
    }
    assert_eq!(refused("lmc encode a -o b --codec jpeg"), ErrorKind::InvalidValue);
}

#[test]
fn what_is_missing_or_contradicts_itself_is_refused() {
    assert_eq!(refused("lmc encode -o a.lmc"), ErrorKind::MissingRequiredArgument);
    assert_eq!(refused("lmc encode in --keep-tree"), ErrorKind::MissingRequiredArgument);
    assert_eq!(refused("lmc decode -o b.png"), ErrorKind::MissingRequiredArgument);
    if cfg!(feature = "full") {
        let setting = refused("lmc train audio --data d --out o --set steps");
        assert_eq!(setting, ErrorKind::ValueValidation);
        assert_eq!(refused("lmc train wavelet --out o"), ErrorKind::MissingRequiredArgument);
        assert_eq!(refused("lmc train toy --data d --out o"), ErrorKind::InvalidValue);
    } else {
        assert_eq!(refused("lmc train wavelet --out o"), ErrorKind::InvalidSubcommand);
    }
    assert_eq!(refused("lmc info a -v -q"), ErrorKind::ArgumentConflict);
    assert_eq!(refused("lmc"), ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand);
}

#[cfg(feature = "full")]
#[test]
fn all_tasks_take_the_same_arguments() {
    for task in ["wavelet", "audio", "speech", "video"] {
        let line = format!(
            "lmc train {task} --data d --data e --out o --held-out h --config c --set model.width=8 --set batch=2 --steps 9 --init i \
             --resume --export x --id t-v1 --notes n --force --json --device cpu --threads 2"
        );
        let cli = Cli::try_parse_from(line.split(' ')).unwrap();
        let Command::Train(args) = cli.command else {
            panic!("not train")
        };
        let set = [("model.width", "8"), ("batch", "2")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(
            (args.task.as_str(), args.set, args.steps),
            (task, set.to_vec(), Some(9))
        );
    }
}
