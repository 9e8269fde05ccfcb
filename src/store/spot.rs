//! Commits that have a name: the places where a test lets the process die.

use futures_util::future::BoxFuture;

use super::Store;
use super::error::StoreError;
use super::tx::Tx;
use super::writer::{Job, Order};
use crate::crash::Spot;

/// A commit that has a name, not ordered yet.
#[derive(Debug)]
pub struct Named<'a> {
    /// The database.
    store: &'a Store,
    /// How urgent it is.
    order: fn(Box<dyn Job>) -> Order,
    /// The name.
    #[cfg(any(test, feature = "testing"))]
    spot: Spot,
}

impl Store {
    /// The next commit is the one called `spot`.
    #[cfg(any(test, feature = "testing"))]
    pub fn at(&self, spot: Spot) -> Named<'_> {
        Named {
            store: self,
            order: Order::Run,
            spot,
        }
    }

    /// The next commit has a name, which nobody reads.
    #[cfg(not(any(test, feature = "testing")))]
    pub fn at(&self, _: Spot) -> Named<'_> {
        Named {
            store: self,
            order: Order::Run,
        }
    }
}

impl Named<'_> {
    /// The same, before what nobody outside waits for.
    #[must_use]
    pub fn first(mut self) -> Self {
        self.order = Order::First;
        self
    }

    /// As [`Store::write`].
    #[cfg(not(any(test, feature = "testing")))]
    pub async fn write<T, F>(self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, StoreError>>
            + Clone
            + Send
            + 'static,
    {
        self.store.order(work, self.order).await
    }

    /// As [`Store::write`]; the process may die when everything is written and nothing
    /// committed, and when it is committed and nobody told.
    #[cfg(any(test, feature = "testing"))]
    pub async fn write<T, F>(self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, StoreError>>
            + Clone
            + Send
            + 'static,
    {
        let crash = &self.store.inner.crash;
        let (dies, spot) = (crash.clone(), self.spot);
        let mortal = self.store.order(
            move |tx| {
                Box::pin(async move {
                    let written = work(tx).await?;
                    dies.before(spot).await;
                    Ok(written)
                })
            },
            self.order,
        );
        let written = mortal.await?;
        crash.after(spot).await;
        Ok(written)
    }
}
