//! The first connection: what keeps us out is told in the operator's words, never
//! with the password.

use std::io::ErrorKind;
use std::sync::Arc;

use sqlx::ConnectOptions;
use sqlx::error::DatabaseError;
use sqlx::postgres::{PgConnectOptions, PgConnection};

use crate::store::error::StoreError;

/// Whether the schema holds tables that are not ours: tables, but not our first
/// migration. One look, so that it sees all or nothing of a migration beside it.
const STRANGERS: &str = "
    SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_class c
                   WHERE c.relnamespace = current_schema()::regnamespace
                       AND c.relkind IN ('r', 'p', 'v', 'm') AND c.relname <> '_sqlx_migrations')
        AND to_regclass(quote_ident(current_schema()) || '._sqlx_migrations') IS NULL";

/// Whether our first migration is in the list, or nothing is yet. One look, for the same
/// reason.
const IS_OURS: &str = "
    SELECT EXISTS (SELECT 1 FROM _sqlx_migrations WHERE version = 1 AND description = 'lanes')
        OR NOT EXISTS (SELECT 1 FROM _sqlx_migrations)";

/// Whether there is a list of migrations with something in it.
const HAS_LIST: &str = "
    SELECT to_regclass(quote_ident(current_schema()) || '._sqlx_migrations') IS NOT NULL";

/// How the database writes texts.
const ENCODING: &str = "SHOW server_encoding";

/// Connects.
pub(super) async fn connect(options: &PgConnectOptions) -> Result<PgConnection, StoreError> {
    let connected = tokio::time::timeout(super::ACQUIRE_LIMIT, options.connect()).await;
    let connected = connected.unwrap_or(Err(sqlx::Error::PoolTimedOut));
    connected.map_err(|error| StoreError::Server {
        what: what_keeps_us_out(options, &error),
        source: Arc::new(error),
    })
}

/// Refuses a database that is not for us, before anything is written.
pub(super) async fn refuse_unfit(
    connection: &mut PgConnection,
    options: &PgConnectOptions,
) -> Result<(), StoreError> {
    let encoding: String = sqlx::query_scalar(ENCODING)
        .fetch_one(&mut *connection)
        .await?;
    if encoding != "UTF8" {
        return Err(StoreError::Url {
            reason: format!(
                "{} keeps texts as {encoding}: make one with `createdb -E UTF8 -T template0`",
                name(options)
            ),
        });
    }
    if is_ours(connection).await? {
        return Ok(());
    }
    Err(StoreError::ForeignTables {
        database: name(options),
    })
}

/// Whether the tables are ours, or there are none yet.
async fn is_ours(connection: &mut PgConnection) -> Result<bool, StoreError> {
    let mut ask = async |sql: &'static str| {
        sqlx::query_scalar::<_, bool>(sql)
            .fetch_one(&mut *connection)
            .await
    };
    if ask(STRANGERS).await? {
        return Ok(false);
    }
    if !ask(HAS_LIST).await? {
        return Ok(true);
    }
    Ok(ask(IS_OURS).await?)
}

/// Why the server does not let us in.
fn what_keeps_us_out(options: &PgConnectOptions, error: &sqlx::Error) -> String {
    let server = server(options);
    let code = error.as_database_error().and_then(DatabaseError::code);
    match (error, code.as_deref()) {
        // So the driver says what it found wrong with a certificate.
        (sqlx::Error::Io(error), _) if error.kind() == ErrorKind::InvalidData => format!(
            "the certificate of the PostgreSQL server {server} is not one that sslmode accepts: \
             name its authority in database.url (sslrootcert=FILE), or do without the proof \
             that it is the right server (sslmode=require)"
        ),
        (sqlx::Error::Io(_), _) => format!(
            "the PostgreSQL server {server} cannot be reached: is it running, and are host and \
             port in database.url right?"
        ),
        (sqlx::Error::PoolTimedOut, _) => format!(
            "the PostgreSQL server {server} does not answer: is it in trouble, or is something \
             else at this port?"
        ),
        (sqlx::Error::Tls(_), _) => format!(
            "the PostgreSQL server {server} and Loket find no encryption to speak in: switch \
             `ssl` on there, and look at sslmode and its files in database.url"
        ),
        (_, Some("28P01" | "28000")) => format!(
            "the PostgreSQL server {server} does not let the user {} in: are user and password \
             in database.url right?",
            options.get_username()
        ),
        (_, Some("3D000")) => format!(
            "the PostgreSQL server {server} has no such database: make it with \
             `createdb -E UTF8 -T template0 {}`",
            options.get_database().unwrap_or_default()
        ),
        (_, Some("53300")) => {
            format!("the PostgreSQL server {server} has no connection left for us")
        }
        (_, Some("57P03")) => format!("the PostgreSQL server {server} is starting or stopping"),
        _ => format!("the PostgreSQL server {server} does not let us in"),
    }
}

/// The database's name, for people.
fn name(options: &PgConnectOptions) -> String {
    format!(
        "the database {}",
        options.get_database().unwrap_or_default()
    )
}

/// Where the server is.
fn server(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    }
}
