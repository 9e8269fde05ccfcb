//! What a database says about itself.

use jiff::{SignedDuration, Timestamp};
use sqlx::postgres::PgConnection;

use super::{BEGIN_READ, BELLS, INTAKE, Pools, WRITERS, connect, options};
use crate::clock::{Clock as _, SystemClock};
use crate::store::Options;
use crate::store::error::StoreError;
use crate::store::peek::About;

/// The server's version.
const VERSION: &str = "SHOW server_version";

/// How large the database is.
const BYTES: &str = "SELECT pg_database_size(current_database())";

/// Whether there is a list of migrations.
const HAS_LIST: &str = "
    SELECT to_regclass(quote_ident(current_schema()) || '._sqlx_migrations') IS NOT NULL";

/// The number of the newest migration.
const SCHEMA: &str = "SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations WHERE success";

/// What an operator should change: whether the server waits for its disk, how many
/// connections it gives to programs like ours, and its time in microseconds.
const SETTINGS: &str = "
    SELECT current_setting('fsync') = 'on',
        current_setting('max_connections')::BIGINT
            - current_setting('superuser_reserved_connections')::BIGINT,
        (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::BIGINT";

/// What the user may not do: whether the server takes nothing at all, make what a start
/// makes, write into our tables.
const RIGHTS: &str = "
    SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on',
        COALESCE(has_schema_privilege(current_schema(), 'CREATE'), FALSE),
        COALESCE((SELECT bool_and(has_table_privilege(c.oid, 'SELECT')
                AND has_table_privilege(c.oid, 'INSERT')
                AND has_table_privilege(c.oid, 'UPDATE')
                AND has_table_privilege(c.oid, 'DELETE'))
            FROM pg_catalog.pg_class c
            WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'), TRUE)";

/// By how much two clocks may differ: a lease is ten times as long.
const SKEW: SignedDuration = SignedDuration::from_secs(3);

impl Pools {
    /// Opens the database at `url` only to read it.
    pub(in crate::store) async fn peek(url: &str) -> Result<Self, StoreError> {
        let options = options(url)?;
        let mut connection = connect::connect(&options).await?;
        let fit = connect::refuse_unfit(&mut connection, &options).await;
        drop(connection);
        fit.map(|()| Self::of(&options, 1, Options::default().patience))
    }

    /// What the database says about itself.
    pub(in crate::store) async fn about(&self) -> Result<About, StoreError> {
        let mut tx = self.readers.begin(BEGIN_READ).await?;
        let reader = tx.connection()?;
        let version: String = sqlx::query_scalar(VERSION).fetch_one(&mut *reader).await?;
        let bytes: i64 = sqlx::query_scalar(BYTES).fetch_one(&mut *reader).await?;
        let about = About {
            engine: format!("PostgreSQL {version}"),
            schema: schema(reader).await?,
            bytes: u64::try_from(bytes).unwrap_or_default(),
            log_bytes: None,
            faults: faults(reader).await?,
            advice: advice(reader).await?,
        };
        tx.rollback().await?;
        Ok(about)
    }
}

/// What keeps a daemon from working.
async fn faults(connection: &mut PgConnection) -> Result<Vec<String>, StoreError> {
    let (closed, makes, writes): (bool, bool, bool) =
        sqlx::query_as(RIGHTS).fetch_one(connection).await?;
    if closed {
        return Ok(vec![
            "the server takes nothing: it is a copy of another, or set to read only. Name the \
             primary in database.url"
                .to_owned(),
        ]);
    }
    let rights = [
        (makes, "make tables in it: GRANT CREATE ON SCHEMA"),
        (writes, "write into Loket's tables: they should be its own"),
    ];
    let missing = rights.into_iter().filter(|(may, _)| !may);
    Ok(missing
        .map(|(_, what)| format!("the user of database.url may not {what}"))
        .collect())
}

/// What an operator should change.
async fn advice(connection: &mut PgConnection) -> Result<Vec<String>, StoreError> {
    let (safe, connections, time): (bool, i64, i64) =
        sqlx::query_as(SETTINGS).fetch_one(connection).await?;
    let mut advice = Vec::new();
    if !safe {
        advice.push(
            "`fsync` is off: a power cut loses what was acknowledged. Switch it on".to_owned(),
        );
    }
    let wanted = i64::from(WRITERS + INTAKE + BELLS + Options::default().readers);
    if connections < wanted {
        advice.push(format!(
            "the server gives {connections} connections to all its programs, one Loket uses \
             up to {wanted}. Raise `max_connections`"
        ));
    }
    let theirs = Timestamp::from_microsecond(time).unwrap_or(Timestamp::UNIX_EPOCH);
    let skew = SystemClock.now().duration_since(theirs);
    if skew.abs() > SKEW {
        advice.push(format!(
            "the server's clock and this machine's are {} s apart. Several replicas need \
             clocks that agree: use NTP on all machines",
            skew.abs().as_secs()
        ));
    }
    Ok(advice)
}

/// The number of the schema; 0 without one.
async fn schema(connection: &mut PgConnection) -> Result<i64, StoreError> {
    let has_list: bool = sqlx::query_scalar(HAS_LIST)
        .fetch_one(&mut *connection)
        .await?;
    if !has_list {
        return Ok(0);
    }
    Ok(sqlx::query_scalar(SCHEMA).fetch_one(connection).await?)
}
