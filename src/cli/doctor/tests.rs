//! The examinations that need nobody else.

use std::io::BufReader;
use std::path::Path;

use super::*;
use crate::config::Environment;

/// A configuration whose listeners are free and whose homeserver is not there.
fn config(folder: &Path) -> Config {
    let text = format!(
        "homeserver: {{address: 'http://127.0.0.1:9', domain: localhost}}\n\
         appservice: {{as_token: as_0123456789abcdef, hs_token: hs_0123456789abcdef, \
         listen: '127.0.0.1:{}'}}\n\
         public: {{listen: '127.0.0.1:{}', base_url: 'http://127.0.0.1:9'}}\n\
         database: {{url: 'sqlite:{}/loket.db'}}\n",
        free_port(),
        free_port(),
        folder.display()
    );
    Config::load(&text, Path::new("config.yaml"), &Environment::new()).unwrap()
}

/// A port that nobody listens on.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// What the doctor prints, and how it ends.
fn examined(config: &Config, folder: &Path) -> (String, Result<(), Failure>) {
    let mut output = Vec::new();
    let mut input = BufReader::new(&b""[..]);
    let mut terminal = Terminal {
        input: &mut input,
        output: &mut output,
    };
    let ended = doctor(config, &folder.join("config.yaml"), &mut terminal);
    (String::from_utf8(output).unwrap(), ended)
}

#[test]
fn a_homeserver_that_is_away_is_one_line_and_exit_code_one() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path());
    let (said, ended) = examined(&config, folder.path());
    assert_eq!(ended.unwrap_err().exit, Exit::Failed);
    let failures: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("FAIL"))
        .collect();
    assert_eq!(
        failures,
        [
            "FAIL  homeserver      cannot be reached at homeserver.address: \
          Connection refused (os error 111)"
        ],
        "{said}"
    );
    assert!(
        said.contains("none yet: the daemon makes it when it starts"),
        "{said}"
    );
    assert!(
        said.contains("warn  daemon          Loket does not run"),
        "{said}"
    );
    assert!(
        !folder.path().join("loket.db").exists(),
        "the doctor made a database"
    );
    for secret in ["as_0123", "hs_0123"] {
        assert!(!said.contains(secret), "{said}");
    }
}
