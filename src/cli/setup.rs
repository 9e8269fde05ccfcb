//! `loket setup`: asks a few questions, writes `config.yaml` and
//! `registration.yaml` with fresh tokens, and prints what to do next.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::exit::{Exit, Failure};
use super::files;
use super::terminal::Terminal;
use crate::config::values;
use crate::config::{self, Answer, Config, Environment};
use crate::domain::ids::UserId;
use crate::domain::team::{Language, Role};
use crate::matrix::registration;

/// What the operator answered.
#[derive(Debug)]
struct Answers {
    /// Where the homeserver's client API is.
    address: String,
    /// The server part of its users' ids.
    domain: String,
    /// The public listener's address from outside.
    base_url: String,
    /// Language of Loket's own words.
    language: Language,
    /// The first agents; the first of them becomes admin.
    agents: Vec<String>,
    /// The first WhatsApp number, if there is one.
    whatsapp: Option<Whatsapp>,
}

/// What the operator answered about a WhatsApp number. Not for showing.
struct Whatsapp {
    /// The number's id.
    phone_number_id: String,
    /// The WhatsApp Business Account's id.
    business_account_id: String,
    /// Allows us to send.
    access_token: String,
    /// Signs webhooks.
    app_secret: String,
}

impl std::fmt::Debug for Whatsapp {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Whatsapp").finish_non_exhaustive()
    }
}

/// Where the files go.
#[derive(Debug)]
pub(super) struct Files {
    /// The configuration.
    pub(super) config: PathBuf,
    /// The registration.
    pub(super) registration: PathBuf,
    /// Whether existing files are replaced.
    pub(super) force: bool,
}

/// Asks and writes.
pub(super) fn setup(terminal: &mut Terminal<'_>, files: &Files) -> Result<(), Failure> {
    let targets = [files.config.as_path(), files.registration.as_path()];
    if !files.force {
        files::refuse_existing(&targets)?;
    }
    files::refuse_unwritable(&targets)?;
    let answers = ask(terminal)?;
    let text = config_text(&answers, random_token)?;
    // Read back before anything is written: it must be one that `run` takes.
    let config = Config::load(&text, &files.config, &Environment::new()).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Failure::new(
            Exit::Usage,
            format!("nothing was written:\n{}", lines.join("\n")),
        )
    })?;
    let registration = registration::text(&config.homeserver, &config.appservice);
    let written = [
        (targets[0], text.as_str()),
        (targets[1], registration.as_str()),
    ];
    files::write_private_all(&written, files.force)?;
    terminal.say(&next_steps(&config, files)?)?;
    Ok(())
}

/// Asks every question.
fn ask(terminal: &mut Terminal<'_>) -> Result<Answers, Failure> {
    terminal.say("Loket asks a few questions. An empty answer takes what stands in [ ].\n")?;
    let checked = |text: &str| values::http_url(text).map(|_url| text.to_owned());
    let address = terminal.ask(
        "Homeserver's address",
        Some("http://127.0.0.1:8008"),
        checked,
    )?;
    let guess = domain_of(&address);
    let question = "Homeserver's domain (after the colon in user ids)";
    let domain = terminal.ask(question, Some(&guess), values::server_name)?;
    let guess = base_url_of(&domain);
    let checked = |text: &str| values::secure_url(text).map(|_url| text.to_owned());
    let base_url = terminal.ask(
        "Loket's public address, for webhooks",
        Some(&guess),
        checked,
    )?;
    let languages = [Language::Indonesian, Language::English];
    let languages = languages.map(|language| (language.code(), language));
    let language = terminal.ask("Language, id or en", Some("id"), |text| {
        values::choice(text, &languages)
    })?;
    let question = format!(
        "First agents' user ids with commas between, such as @ayu:{domain}; \
         the first becomes admin (may be empty)"
    );
    let agents = terminal.ask(&question, Some(""), |text| agents(text, &domain))?;
    let whatsapp = ask_whatsapp(terminal)?;
    Ok(Answers {
        address,
        domain,
        base_url,
        language,
        agents,
        whatsapp,
    })
}

/// Asks about a WhatsApp number.
fn ask_whatsapp(terminal: &mut Terminal<'_>) -> Result<Option<Whatsapp>, Failure> {
    let words = [("y", true), ("yes", true), ("n", false), ("no", false)];
    let wanted = terminal.ask("Add a WhatsApp number now, y or n", Some("n"), |text| {
        values::choice(&text.to_lowercase(), &words)
    })?;
    if !wanted {
        return Ok(None);
    }
    terminal.say("From Meta's dashboard, WhatsApp, API setup:")?;
    Ok(Some(Whatsapp {
        phone_number_id: terminal.ask("Phone number ID", None, values::digits)?,
        business_account_id: terminal.ask("WhatsApp Business Account ID", None, values::digits)?,
        access_token: terminal.ask("Access token", None, secret)?,
        app_secret: terminal.ask("App secret", None, secret)?,
    }))
}

/// A secret as it is pasted.
fn secret(text: &str) -> Result<String, String> {
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(text.to_owned());
    }
    Err("has a space or another character that no secret has".to_owned())
}

/// Agents' user ids, each once.
fn agents(text: &str, domain: &str) -> Result<Vec<String>, String> {
    let mut agents = Vec::new();
    for word in text.split([',', ' ']).filter(|word| !word.is_empty()) {
        let id = UserId::from(values::user_id(word)?);
        let name = id.localpart();
        if id.server() == domain && (name == "loket" || name.starts_with("loket_")) {
            return Err(format!(
                "\"{word}\" is one of Loket's own users: name a person"
            ));
        }
        if !agents.contains(&word.to_owned()) {
            agents.push(word.to_owned());
        }
    }
    Ok(agents)
}

/// The domain that a homeserver at this address probably has.
fn domain_of(address: &str) -> String {
    let url = values::http_url(address).ok();
    let url = url.filter(|url| !values::is_loopback(url));
    let host = url.as_ref().and_then(|url| url.host_str());
    let host = host.unwrap_or("localhost");
    host.strip_prefix("matrix.").unwrap_or(host).to_owned()
}

/// The public address that a Loket of this domain probably has.
fn base_url_of(domain: &str) -> String {
    let host = domain.split(':').next().unwrap_or(domain);
    if host == "localhost" || host.starts_with('[') {
        return "http://127.0.0.1:29331".to_owned();
    }
    format!("https://chat.{host}")
}

/// The configuration's text.
fn config_text(
    answers: &Answers,
    mut token: impl FnMut() -> io::Result<String>,
) -> Result<String, Failure> {
    let mut filled = vec![
        Answer::text("homeserver.address", &answers.address),
        Answer::text("homeserver.domain", &answers.domain),
        Answer::text("appservice.as_token", &token()?),
        Answer::text("appservice.hs_token", &token()?),
        Answer::text("public.base_url", &answers.base_url),
        Answer::text("teams.main.language", answers.language.code()),
    ];
    if !answers.agents.is_empty() {
        let roles = std::iter::once(Role::Admin).chain(std::iter::repeat(Role::Agent));
        let lines = answers.agents.iter().zip(roles);
        let lines =
            lines.map(|(id, role)| format!("\n      {}: {}", config::quoted(id), role.name()));
        filled.push(Answer {
            key: "teams.main.agents",
            yaml: lines.collect(),
        });
    }
    if let Some(whatsapp) = &answers.whatsapp {
        filled.push(Answer {
            key: "teams.main.accounts",
            yaml: "[wa]".to_owned(),
        });
        filled.push(Answer {
            key: "accounts",
            yaml: account_yaml(whatsapp, &token()?),
        });
    }
    Ok(config::fill(&filled))
}

/// The WhatsApp account, below the key `accounts`.
fn account_yaml(whatsapp: &Whatsapp, verify_token: &str) -> String {
    let keys = [
        ("phone_number_id", whatsapp.phone_number_id.as_str()),
        ("business_account_id", &whatsapp.business_account_id),
        ("access_token", &whatsapp.access_token),
        ("app_secret", &whatsapp.app_secret),
        ("verify_token", verify_token),
    ];
    let lines = keys.map(|(key, value)| format!("\n    {key}: {}", config::quoted(value)));
    format!("\n  - id: wa\n    kind: whatsapp{}", lines.concat())
}

/// A token nobody can guess: 256 random bits of the operating system.
fn random_token() -> io::Result<String> {
    let mut bytes = [0_u8; 32];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(hex::encode(bytes))
}

/// What the operator does next.
fn next_steps(config: &Config, files: &Files) -> Result<String, Failure> {
    let registration = std::path::absolute(&files.registration)?;
    let mut steps = vec![
        format!(
            "Tell the homeserver. Let the user it runs as read the registration, \
             add to its homeserver.yaml\n\n       app_service_config_files:\n         - {}\n\n     \
             and restart it.",
            registration.display()
        ),
        format!(
            "Put a reverse proxy with TLS in front of Loket: {} goes to http://{}.\n     \
             Keep {} private.",
            config.public.base_url, config.public.listen, config.appservice.listen
        ),
    ];
    for account in &config.accounts {
        steps.push(format!(
            "In Meta's dashboard, WhatsApp, Configuration: enter the callback URL\n     {}\n     \
             and the verify_token from {}, once Loket runs; subscribe to `messages`.",
            config.public.webhook_url(&account.id),
            files.config.display()
        ));
    }
    let path = shell_word(&files.config);
    steps.push(format!("loket check -c {path} && loket run -c {path}"));
    let steps = steps.iter().enumerate();
    let steps: Vec<String> = steps
        .map(|(index, step)| format!("  {}. {step}", index + 1))
        .collect();
    Ok(format!(
        "\nWritten, for your eyes only (mode 0600):\n  {}\n  {}\n\nNext:\n{}",
        files.config.display(),
        files.registration.display(),
        steps.join("\n")
    ))
}

/// A path as it is typed in a shell.
fn shell_word(path: &Path) -> String {
    let text = path.display().to_string();
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'/');
    if text.bytes().all(plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}
