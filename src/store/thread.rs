//! Where a file's statements run: they wait for the disk now and then, and nothing else
//! may wait for that.

use std::io;
use std::thread::Builder;

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::oneshot;
use tokio::task;

/// Runs `work` on a thread of its own. What it gives back ends when that does.
///
/// # Errors
/// The system's, when it has no thread left.
pub(super) fn spawn(
    name: &str,
    work: impl Future<Output = ()> + Send + 'static,
) -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let (end, ended) = oneshot::channel::<()>();
    let runtime = Handle::current();
    Builder::new().name(name.to_owned()).spawn(move || {
        runtime.block_on(work);
        drop(end);
    })?;
    Ok(async move {
        drop(ended.await);
    })
}

/// Runs `work` here, while the other tasks of this thread move to another one. A runtime
/// that has only one thread waits.
pub(super) async fn aside<T>(work: impl Future<Output = T> + Send) -> T {
    let runtime = Handle::current();
    match runtime.runtime_flavor() {
        RuntimeFlavor::MultiThread => task::block_in_place(|| runtime.block_on(work)),
        _ => work.await,
    }
}
