//! The schema and every statement against it.

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{
    AssertSqlSafe, Column as _, ConnectOptions, Either, Executor as _, Row as _, Statement as _,
    TypeInfo as _,
};
use std::str::FromStr as _;

use super::super::statements::statements;
use super::ENGINE;
use crate::store::postgres::DIALECT;
use crate::store::testing::TestDatabase;

/// A connection to a database with the schema.
async fn connect(database: &TestDatabase) -> PgConnection {
    let options = PgConnectOptions::from_str(database.url()).unwrap();
    options.connect().await.unwrap()
}

/// The types that mean the same on both engines.
const PORTABLE: [&str; 4] = ["TEXT", "INT8", "BOOL", "BYTEA"];

#[tokio::test]
async fn every_statement_prepares_with_portable_types() {
    let database = TestDatabase::new(ENGINE).await;
    let mut connection = connect(&database).await;
    let mut seen = Vec::new();
    for (name, sql) in statements(&DIALECT) {
        let prepared = (&mut connection)
            .prepare(sqlx::SqlSafeStr::into_sql_str(sql))
            .await;
        let prepared = prepared.unwrap_or_else(|error| panic!("{name}: {error}"));
        let Some(Either::Left(parameters)) = prepared.parameters() else {
            panic!("{name}: parameters");
        };
        let parameters: Vec<&str> = parameters.iter().map(sqlx::TypeInfo::name).collect();
        let columns: Vec<(&str, &str)> = prepared
            .columns()
            .iter()
            .map(|column| (column.name(), column.type_info().name()))
            .collect();
        let kinds = parameters
            .iter()
            .chain(columns.iter().map(|(_, kind)| kind));
        for kind in kinds {
            assert!(PORTABLE.contains(kind), "{name}: {kind}");
        }
        let columns = columns.iter().map(|(name, kind)| format!("{name} {kind}"));
        let columns: Vec<String> = columns.collect();
        let columns = columns.join(", ");
        let told = format!("{name}({}): {columns}", parameters.join(", "));
        seen.push(told.trim_end_matches(": ").to_owned());
    }
    insta::assert_snapshot!(seen.join("\n"));
}

/// Statements that look at whole tables, or sort: at scrape, or in what is small or
/// asked for by hand.
const MAY_SCAN: [&str; 6] = [
    "kept::COUNT_DEAD",
    "kept::COUNT_KEPT",
    "lanes::CLEAR_LEASES",
    "lanes::DEPTH_INBOX",
    "lanes::DEPTH_OUTBOX",
    "rooms::LIST",
];

#[tokio::test]
async fn no_statement_scans_a_table_that_grows() {
    let database = TestDatabase::new(ENGINE).await;
    let mut connection = connect(&database).await;
    // Empty tables are always scanned, unless that is forbidden where it can be.
    for setting in [
        "SET enable_seqscan = off",
        "SET plan_cache_mode = force_generic_plan",
    ] {
        sqlx::query(setting).execute(&mut connection).await.unwrap();
    }
    let mut slow = Vec::new();
    for (name, sql) in statements(&DIALECT) {
        if MAY_SCAN.contains(&name.as_str()) {
            continue;
        }
        let plan = sqlx::raw_sql(AssertSqlSafe(format!("PREPARE it AS {sql}")));
        plan.execute(&mut connection).await.unwrap();
        let count = parameters(sql);
        let nulls = vec!["NULL"; count].join(", ");
        let explain = if count == 0 {
            "EXPLAIN EXECUTE it".to_owned()
        } else {
            format!("EXPLAIN EXECUTE it({nulls})")
        };
        let steps = sqlx::query(AssertSqlSafe(explain))
            .fetch_all(&mut connection)
            .await
            .unwrap();
        for step in steps {
            let step: String = step.get(0);
            if step.contains("Seq Scan") {
                slow.push(format!("{name}: {}", step.trim()));
            }
        }
        sqlx::query("DEALLOCATE it")
            .execute(&mut connection)
            .await
            .unwrap();
    }
    assert_eq!(slow, [""; 0]);
}

/// How many parameters a statement has.
fn parameters(sql: &str) -> usize {
    (1_usize..100)
        .take_while(|n| sql.contains(&format!("${n}")))
        .count()
}
