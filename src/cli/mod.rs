//! The command line.
//!
//! Commands write their answer to standard output and what went wrong to
//! standard error; [`Exit`] has the exit codes. To add a command: a variant of
//! `Command`, an arm in `dispatch`, a function.

mod daemon;
mod database;
mod doctor;
mod exit;
mod files;
mod replay;
mod seams;
mod setup;
#[cfg(feature = "simulator")]
mod simulate;
mod terminal;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};

use crate::config::{self, Environment};
#[cfg(feature = "testing")]
use crate::crash::Crash;
use crate::matrix::registration;
use crate::store::Options;
use crate::work::replay::Which;
pub use exit::{Exit, Failure};
pub use terminal::Terminal;

/// A Matrix support desk: every customer conversation is a room.
#[derive(Debug, Parser)]
#[command(name = "loket", version, after_help = exit::HELP)]
struct Arguments {
    /// The configuration.
    #[arg(
        short,
        long,
        global = true,
        default_value = "config.yaml",
        value_name = "FILE"
    )]
    config: PathBuf,

    /// What to do.
    #[command(subcommand)]
    command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
enum Command {
    /// Run the daemon.
    Run(Life),
    /// Ask a few questions, and write the configuration and the registration.
    Setup {
        /// Where the registration goes; else beside the configuration.
        #[arg(long, value_name = "FILE")]
        registration: Option<PathBuf>,
        /// Replace existing files, with new tokens.
        #[arg(long)]
        force: bool,
    },
    /// Write the file that tells the homeserver about Loket.
    Registration {
        /// Where it goes; - is standard output.
        #[arg(short, long, default_value = "registration.yaml", value_name = "FILE")]
        output: PathBuf,
        /// Replace an existing file.
        #[arg(long)]
        force: bool,
    },
    /// Check the configuration: every mistake with key and line.
    Check,
    /// Look at everything Loket needs, beside the daemon or without it: one line each.
    /// Makes one private room on the homeserver and leaves it.
    Doctor,
    /// Bring the database's tables up to date.
    Migrate,
    /// Work rows again that were put aside; all kinds, or those that are named. Works
    /// beside the daemon.
    Replay {
        /// What was not understood, as this version understands it.
        #[arg(long)]
        unparsed: bool,
        /// Webhooks for accounts that were not in the configuration.
        #[arg(long)]
        unrouted: bool,
        /// What failed; lines that a customer may have already are left.
        #[arg(long)]
        dead: bool,
    },
    /// Copy the SQLite database into a new file, safely beside a running daemon.
    Backup {
        /// The new file.
        file: PathBuf,
    },
    /// Move everything from the SQLite file of the configuration to an empty
    /// PostgreSQL database. The daemon must not run.
    Move {
        /// The database: <postgres://user@host/name>. The password may stand in the
        /// file ~/.pgpass instead.
        #[arg(long, value_name = "URL")]
        to: String,
    },
    /// Say in JSON lines what a webhook's body means. Needs no configuration.
    Explain {
        /// The channel: whatsapp.
        #[arg(long, value_parser = channel)]
        kind: Channel,
        /// The body; else standard input.
        file: Option<PathBuf>,
    },
    /// Play Meta's side, for trying and testing. Needs no configuration.
    #[cfg(feature = "simulator")]
    Simulate {
        /// Where to listen.
        #[arg(long, default_value = "127.0.0.1:29340", value_name = "ADDRESS")]
        listen: std::net::SocketAddr,
        /// Where its state is kept.
        #[arg(long, value_name = "FOLDER")]
        state: PathBuf,
    },
    /// Say which Loket this is.
    Version {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

/// How long the daemon runs: until it is told to stop, but for tests.
#[derive(Debug, clap::Args)]
struct Life {
    /// Dies at a point of crash.rs, such as before:channel.send.
    #[cfg(feature = "testing")]
    #[arg(long, value_name = "POINT")]
    die_at: Option<crate::crash::Point>,
    /// At which passing of that point, from 1.
    #[cfg(feature = "testing")]
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    pass: usize,
}

impl Life {
    /// How the database is opened for it.
    fn options(&self) -> Options {
        Options {
            #[cfg(feature = "testing")]
            crash: self
                .die_at
                .map_or_else(Crash::default, |point| Crash::aborting(point, self.pass)),
            ..Options::default()
        }
    }
}

/// Channels that webhooks can be explained of.
#[derive(Debug, Clone, Copy)]
enum Channel {
    /// WhatsApp.
    Whatsapp,
}

/// Reads the channel's name.
fn channel(text: &str) -> Result<Channel, String> {
    match text {
        "whatsapp" => Ok(Channel::Whatsapp),
        "instagram" => Err("this version does not have the channel instagram yet".to_owned()),
        _ => Err("not a channel: whatsapp".to_owned()),
    }
}

/// Runs the command line of this process.
pub fn main() -> Exit {
    let mut input = io::stdin().lock();
    let mut output = io::stdout().lock();
    let mut terminal = Terminal {
        input: &mut input,
        output: &mut output,
    };
    let environment = config::environment();
    let exit = run(
        std::env::args_os(),
        &environment,
        &mut terminal,
        &mut io::stderr(),
    );
    match output.flush() {
        Err(error) if !exit::nobody_reads(&error) && exit == Exit::Success => Exit::Failed,
        Ok(()) | Err(_) => exit,
    }
}

/// Runs a command line; what went wrong goes to `complaints`.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    environment: &Environment,
    terminal: &mut Terminal<'_>,
    complaints: &mut dyn Write,
) -> Exit {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error, terminal, complaints),
    };
    match dispatch(arguments, environment, terminal) {
        Ok(()) => Exit::Success,
        Err(failure) => {
            let told = writeln!(complaints, "loket: {}", failure.words());
            told.map_or(Exit::Failed, |()| failure.exit)
        }
    }
}

/// Shows help, or what is wrong with the command line.
fn refuse(error: &clap::Error, terminal: &mut Terminal<'_>, complaints: &mut dyn Write) -> Exit {
    let text = error.render();
    let (told, exit) = if error.use_stderr() {
        (write!(complaints, "{text}"), Exit::Usage)
    } else {
        (write!(terminal.output, "{text}"), Exit::Success)
    };
    match told {
        Err(error) if !exit::nobody_reads(&error) => Exit::Failed,
        Ok(()) | Err(_) => exit,
    }
}

/// Does what the command line says.
fn dispatch(
    arguments: Arguments,
    environment: &Environment,
    terminal: &mut Terminal<'_>,
) -> Result<(), Failure> {
    let Arguments { config, command } = arguments;
    match command {
        Command::Run(life) => {
            daemon::run(files::load_config(&config, environment)?, life.options())
        }
        Command::Setup {
            registration,
            force,
        } => {
            let registration =
                registration.unwrap_or_else(|| config.with_file_name("registration.yaml"));
            let files = setup::Files {
                config,
                registration,
                force,
            };
            setup::setup(terminal, &files)
        }
        Command::Registration { output, force } => {
            let written = write_registration(&config, environment, &output, force, terminal);
            exit::unread_is_fine(written)
        }
        Command::Check => exit::unread_is_fine(check(&config, environment, terminal)),
        Command::Doctor => {
            let read = files::load_config(&config, environment)?;
            doctor::doctor(&read, &config, terminal)
        }
        Command::Migrate => {
            let config = files::load_config(&config, environment)?;
            daemon::start_logs(&config.logging)?;
            daemon::block_on(seams::migrate(config))
        }
        Command::Replay {
            unparsed,
            unrouted,
            dead,
        } => {
            let which = kinds(unparsed, unrouted, dead);
            replay::replay(&files::load_config(&config, environment)?, &which, terminal)
        }
        Command::Backup { file } => {
            database::backup(&files::load_config(&config, environment)?, &file, terminal)
        }
        Command::Move { to } => {
            database::move_to(&files::load_config(&config, environment)?, &to, terminal)
        }
        Command::Explain { kind, file } => {
            exit::unread_is_fine(explain(kind, file.as_deref(), terminal))
        }
        #[cfg(feature = "simulator")]
        Command::Simulate { listen, state } => simulate::simulate(listen, state),
        Command::Version { json } => {
            exit::unread_is_fine(terminal.say(&version(json)).map_err(Failure::from))
        }
    }
}

/// The kinds of rows that were named; all if none was.
fn kinds(unparsed: bool, unrouted: bool, dead: bool) -> Vec<Which> {
    let named = [unparsed, unrouted, dead];
    let all = !named.contains(&true);
    let kinds = Which::ALL.into_iter().zip(named);
    kinds
        .filter_map(|(which, named)| (named || all).then_some(which))
        .collect()
}

/// `loket registration`.
fn write_registration(
    config: &Path,
    environment: &Environment,
    output: &Path,
    force: bool,
    terminal: &mut Terminal<'_>,
) -> Result<(), Failure> {
    let config = files::load_config(config, environment)?;
    let text = registration::text(&config.homeserver, &config.appservice);
    if output == Path::new("-") {
        return Ok(write!(terminal.output, "{text}")?);
    }
    files::write_private(output, &text, force)?;
    let output = output.display();
    Ok(terminal.say(&format!(
        "{output}: written. Restart the homeserver to make it read it."
    ))?)
}

/// `loket check`.
fn check(
    path: &Path,
    environment: &Environment,
    terminal: &mut Terminal<'_>,
) -> Result<(), Failure> {
    let config = files::load_config(path, environment)?;
    for warning in config.warnings() {
        terminal.say(&format!("warning: {warning}"))?;
    }
    let (teams, accounts) = (config.teams.len(), config.accounts.len());
    let path = path.display();
    Ok(terminal.say(&format!(
        "{path}: in order (teams: {teams}, accounts: {accounts})"
    ))?)
}

/// `loket explain`.
fn explain(kind: Channel, file: Option<&Path>, terminal: &mut Terminal<'_>) -> Result<(), Failure> {
    let mut body = Vec::new();
    match file {
        Some(path) => {
            body = std::fs::read(path).map_err(|error| {
                let words = format!("cannot read {}: {error}", path.display());
                Failure::new(Exit::Usage, words)
            })?;
        }
        None => {
            terminal.input.read_to_end(&mut body)?;
        }
    }
    let mut told = Ok(());
    let mut output = io::BufWriter::new(&mut *terminal.output);
    let mut say = |line: String| {
        // What could not be written ends it; nothing more is tried.
        if told.is_ok() {
            told = writeln!(output, "{line}");
        }
    };
    match kind {
        Channel::Whatsapp => seams::explain_whatsapp(&body, &mut say)?,
    }
    told.and_then(|()| output.flush())?;
    Ok(())
}

/// What `loket version` says.
fn version(json: bool) -> String {
    let (name, version) = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    if !json {
        return format!("{name} {version}");
    }
    let mut features = Vec::new();
    if cfg!(feature = "simulator") {
        features.push("simulator");
    }
    serde_json::json!({
        "name": name,
        "version": version,
        "rust": env!("CARGO_PKG_RUST_VERSION"),
        "schema": seams::schema_version(),
        "features": features,
    })
    .to_string()
}
