//! The knowledge of the platform: values by kind, app and key, each sealed.

use rusqlite::{Connection, Transaction};
use wxcheck_mock_server::state::kept::{Row, RowKind};

use crate::{StoreError, seal::Seal};

/// The name under which a value is sealed: in another place it does not open.
fn name(kind: &str, app: &str, key: &str) -> String {
    format!("{kind} {app} {key}")
}

/// Writes values, and takes out those that are gone.
pub(crate) fn write(
    step: &Transaction<'_>,
    seal: &Seal,
    rows: impl Iterator<Item = Row>,
) -> Result<(), StoreError> {
    let mut put = step.prepare("INSERT OR REPLACE INTO value VALUES (?1, ?2, ?3, ?4)")?;
    let mut take = step.prepare("DELETE FROM value WHERE kind = ?1 AND app = ?2 AND key = ?3")?;
    for row in rows {
        let (kind, app, key) = (row.kind.name(), &*row.app, &*row.key);
        match row.value {
            Some(value) => {
                let sealed = seal.close(&name(kind, app, key), value)?;
                put.execute((kind, app, key, sealed))?;
            }
            None => {
                take.execute((kind, app, key))?;
            }
        }
    }
    Ok(())
}

/// Hands out the values of a kind, in the order of apps and keys.
pub(crate) fn read(
    connection: &Connection,
    seal: &Seal,
    kind: RowKind,
    mut each: impl FnMut(Row) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let of_kind = "SELECT app, key, sealed FROM value WHERE kind = ?1 ORDER BY app, key";
    let mut values = connection.prepare(of_kind)?;
    let mut rows = values.query([kind.name()])?;
    while let Some(row) = rows.next()? {
        let (app, key): (String, String) = (row.get(0)?, row.get(1)?);
        let value = seal.open(&name(kind.name(), &app, &key), row.get(2)?)?;
        each(Row {
            kind,
            app: app.into(),
            key: key.into(),
            value: Some(value),
        })?;
    }
    Ok(())
}
