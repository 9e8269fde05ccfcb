//! Where a process dies, and how.

use std::collections::BTreeMap;
use std::fmt;
use std::future::pending;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::Spot;

/// A side of a [`Spot`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Nothing is committed; nothing has left.
    Before,
    /// It is committed; it is done and answered.
    After,
}

/// Where a process may die.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// The commit or request.
    pub spot: Spot,
    /// Its side.
    pub side: Side,
}

impl Point {
    /// Before `spot`.
    pub const fn before(spot: Spot) -> Self {
        let side = Side::Before;
        Self { spot, side }
    }

    /// After `spot`.
    pub const fn after(spot: Spot) -> Self {
        let side = Side::After;
        Self { spot, side }
    }

    /// All there are.
    pub fn all() -> impl Iterator<Item = Self> {
        let both = |spot: &Spot| [Self::before(*spot), Self::after(*spot)];
        Spot::ALL.iter().flat_map(both)
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = match self.side {
            Side::Before => "before",
            Side::After => "after",
        };
        write!(f, "{side}:{}", self.spot.name())
    }
}

/// The text names no point.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no point: before:… or after:… one of the spots of crash.rs")]
pub struct Unreadable;

impl FromStr for Point {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let found = Self::all().find(|point| point.to_string() == text);
        found.ok_or(Unreadable)
    }
}

/// Counts how often each point is passed, and lets the process die at one of them;
/// cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Crash(Arc<Plan>);

/// What all clones of a [`Crash`] share.
#[derive(Debug, Default)]
struct Plan {
    /// How often each point was passed.
    passed: Mutex<BTreeMap<Point, usize>>,
    /// Where and how it dies, if at all.
    end: Option<End>,
    /// Told of the death.
    died: Notify,
}

/// An end.
#[derive(Debug, Clone, Copy)]
struct End {
    /// Where.
    point: Point,
    /// At which passing, counted from 1.
    pass: usize,
    /// How.
    how: How,
}

/// How a process dies.
#[derive(Debug, Clone, Copy)]
enum How {
    /// It really does.
    Abort,
    /// Whoever comes there waits for ever; a test throws it away.
    Stop,
}

impl Crash {
    /// The process is aborted at the passing number `pass` of `point`, from 1.
    pub fn aborting(point: Point, pass: usize) -> Self {
        Self::ending(point, pass, How::Abort)
    }

    /// Nothing goes on after the passing number `pass` of `point`, from 1.
    pub fn stopping(point: Point, pass: usize) -> Self {
        Self::ending(point, pass, How::Stop)
    }

    /// An end.
    fn ending(point: Point, pass: usize, how: How) -> Self {
        Self(Arc::new(Plan {
            end: Some(End { point, pass, how }),
            ..Plan::default()
        }))
    }

    /// Returns when the process has died.
    pub async fn died(&self) {
        self.0.died.notified().await;
    }

    /// How often each point was passed; those that never were are missing.
    pub fn passed(&self) -> BTreeMap<Point, usize> {
        self.lock().clone()
    }

    /// Passes the side before `spot`.
    pub async fn before(&self, spot: Spot) {
        self.pass(Point::before(spot)).await;
    }

    /// Passes the side after `spot`.
    pub async fn after(&self, spot: Spot) {
        self.pass(Point::after(spot)).await;
    }

    /// Carries out a request between its two sides.
    pub async fn around<T>(&self, spot: Spot, request: impl Future<Output = T>) -> T {
        self.before(spot).await;
        let answer = request.await;
        self.after(spot).await;
        answer
    }

    /// Passes a point, or dies there.
    async fn pass(&self, point: Point) {
        let times = {
            let mut passed = self.lock();
            let times = passed.entry(point).or_default();
            *times += 1;
            *times
        };
        let Some(end) = self.0.end.filter(|end| end.point == point) else {
            return;
        };
        if end.pass != times {
            return;
        }
        match end.how {
            How::Abort => std::process::abort(),
            How::Stop => {
                self.0.died.notify_one();
                pending::<()>().await;
            }
        }
    }

    /// How often each point was passed; a panic elsewhere leaves it usable.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Point, usize>> {
        let passed = &self.0.passed;
        passed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
