//! The world in a file, so that a restart continues.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt;

use super::World;
use super::account::Account;
use super::customer::Customer;
use super::message::Message;
use super::pending::Update;
use crate::simulator::Error;
use crate::simulator::hub::Hub;

/// The least time between two saves. A long save makes the pause longer, so
/// that saving never takes more than about a tenth of the time.
const PAUSE: Duration = Duration::from_millis(200);

/// The form of the file.
const VERSION: u32 = 1;

/// The file's content, to write.
#[derive(Debug, Serialize)]
struct Written<'a> {
    /// The form of the file.
    version: u32,
    /// Business numbers.
    accounts: Vec<&'a Account>,
    /// People.
    customers: Vec<&'a Customer>,
    /// Messages, oldest first.
    messages: Vec<&'a Message>,
    /// Webhooks to deliver, oldest first.
    pending: Vec<&'a Update>,
}

/// The file's content, as read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    /// The form of the file.
    version: u32,
    /// Business numbers.
    accounts: Vec<Account>,
    /// People.
    customers: Vec<Customer>,
    /// Messages, oldest first.
    messages: Vec<Message>,
    /// Webhooks to deliver, oldest first.
    pending: Vec<Update>,
}

/// Locks the folder, which is made if it is missing: two simulators would overwrite each
/// other's file. The system unlocks it when the process dies.
///
/// # Errors
/// [`Error::Taken`] while another simulator has it; when it cannot be used.
pub(in crate::simulator) fn lock(folder: &Path) -> Result<File, Error> {
    let path = folder.join("simulator.lock");
    let refused = |source| Error::State {
        path: path.clone(),
        source,
    };
    std::fs::create_dir_all(folder).map_err(refused)?;
    let file = File::create(&path).map_err(refused)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Taken {
            folder: folder.to_owned(),
        }),
        Err(TryLockError::Error(error)) => Err(refused(error)),
    }
}

/// Reads the file; a missing one is an empty world. Makes its folder.
///
/// # Errors
/// When the folder cannot be made or the file cannot be read or understood.
pub(in crate::simulator) async fn load(path: &Path) -> io::Result<World> {
    if let Some(folder) = path.parent() {
        tokio::fs::create_dir_all(folder).await?;
    }
    match tokio::fs::read(path).await {
        Ok(bytes) => parse(&bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(World::default()),
        Err(error) => Err(error),
    }
}

/// Builds a world from the file's content.
fn parse(bytes: &[u8]) -> io::Result<World> {
    let read: Read = serde_json::from_slice(bytes)?;
    if read.version != VERSION {
        let text = format!("version {} is not {VERSION}", read.version);
        return Err(io::Error::new(io::ErrorKind::InvalidData, text));
    }
    let mut world = World::default();
    for account in read.accounts {
        world
            .accounts
            .insert(account.phone_number_id.clone(), account);
    }
    for customer in read.customers {
        world
            .customers
            .put(customer)
            .map_err(|conflict| io::Error::new(io::ErrorKind::InvalidData, conflict))?;
    }
    for message in read.messages {
        world.messages.push(message);
    }
    for update in read.pending {
        world.pending.push(update);
    }
    Ok(world)
}

/// The file's content.
fn print(world: &World) -> io::Result<Vec<u8>> {
    let written = Written {
        version: VERSION,
        accounts: world.accounts.values().collect(),
        customers: world.customers.iter().collect(),
        messages: world.messages.iter().collect(),
        pending: world.pending.iter().collect(),
    };
    Ok(serde_json::to_vec(&written)?)
}

/// Writes the world beside the file, then puts it in its place.
///
/// # Errors
/// When the file cannot be written; the one before is then untouched.
pub(in crate::simulator) async fn save(hub: &Arc<Hub>, path: &Path) -> io::Result<()> {
    let world = hub.lock().world.clone();
    let bytes = tokio::task::spawn_blocking(move || print(&world))
        .await
        .map_err(io::Error::other)??;
    let beside = path.with_extension("json.new");
    let mut file = private().open(&beside).await?;
    file.write_all(&bytes).await?;
    file.sync_all().await?;
    tokio::fs::rename(&beside, path).await
}

/// How the file is made: it holds access tokens, so it is for its owner only.
fn private() -> tokio::fs::OpenOptions {
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    options.mode(0o600);
    options
}

/// Saves after every change, with pauses, until the stop begins.
pub(in crate::simulator) async fn keep_saved(hub: Arc<Hub>, path: PathBuf) {
    loop {
        tokio::select! {
            () = hub.stop.wait() => return,
            () = hub.changed() => {}
        }
        let begun = tokio::time::Instant::now();
        if let Err(error) = save(&hub, &path).await {
            tracing::error!(%error, path = %path.display(), "simulator cannot save its state");
        }
        let pause = PAUSE.max(begun.elapsed() * 10);
        tokio::select! {
            () = hub.stop.wait() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_one_simulators_until_that_ends() {
        let folder = tempfile::tempdir().unwrap();
        let first = lock(folder.path()).unwrap();
        let second = lock(folder.path());
        assert!(matches!(second, Err(Error::Taken { .. })), "{second:?}");
        drop(first);
        lock(folder.path()).unwrap();
    }
}
