//! The six kinds of value that travel to and from both engines, and the rows that come back.
//! What a value *means* (an id, a moment, a class) is the business of the typed tables above.

use std::sync::Arc;

use uuid::Uuid;

use super::fault::Fault;

/// One value of a parameter or a column.
///
/// A yes/no is an `Int` of 0 or 1. SQLite hands a `Uuid` back as `Bytes` of length 16; [`Row::uuid`] takes both.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Absent.
    Null,
    /// Whole number; also yes/no and moments in milliseconds UTC.
    Int(i64),
    /// Floating-point number.
    Real(f64),
    /// UTF-8 text.
    Text(String),
    /// Raw bytes.
    Bytes(Vec<u8>),
    /// Identifier: `blob` of 16 bytes on SQLite, `uuid` on PostgreSQL.
    Uuid(Uuid),
}

impl Value {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Int(_) => "int",
            Self::Real(_) => "real",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
            Self::Uuid(_) => "uuid",
        }
    }
}

macro_rules! value_from {
    ($($from:ty => |$it:ident| $to:expr;)*) => {
        $(impl From<$from> for Value {
            fn from($it: $from) -> Self { $to }
        })*
    };
}

value_from! {
    i64 => |it| Self::Int(it);
    i32 => |it| Self::Int(it.into());
    u32 => |it| Self::Int(it.into());
    u16 => |it| Self::Int(it.into());
    u8 => |it| Self::Int(it.into());
    bool => |it| Self::Int(it.into());
    f64 => |it| Self::Real(it);
    &str => |it| Self::Text(it.to_owned());
    String => |it| Self::Text(it);
    &String => |it| Self::Text(it.clone());
    Vec<u8> => |it| Self::Bytes(it);
    &[u8] => |it| Self::Bytes(it.to_vec());
    Uuid => |it| Self::Uuid(it);
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(it: [u8; N]) -> Self {
        Self::Bytes(it.to_vec())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(it: Option<T>) -> Self {
        it.map_or(Self::Null, Into::into)
    }
}

/// Builds a parameter list from anything that is a [`Value`]: `params![id, name, now_ms]`.
#[macro_export]
macro_rules! params {
    ($($it:expr),* $(,)?) => { vec![$($crate::Value::from($it)),*] };
}

/// One row of an answer. Columns are asked for by name or by position (from 0).
#[derive(Clone, Debug)]
pub struct Row {
    names: Arc<[String]>,
    values: Vec<Value>,
}

impl Row {
    pub(crate) const fn new(names: Arc<[String]>, values: Vec<Value>) -> Self {
        Self { names, values }
    }

    /// Number of columns.
    pub const fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether the row has no columns.
    pub const fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The raw value.
    pub fn value(&self, column: impl Column) -> Result<&Value, Fault> {
        column.find(&self.names).and_then(|at| self.values.get(at)).ok_or_else(|| Fault::Column {
            column: column.label(),
            wanted: "a column of that name",
            found: "none",
        })
    }

    fn read<'a, C: Column, T>(
        &'a self,
        column: C,
        wanted: &'static str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<T, Fault> {
        let label = column.label();
        let value = self.value(column)?;
        read(value).ok_or_else(|| Fault::Column { column: label, wanted, found: value.kind() })
    }
}

macro_rules! getters {
    ($($name:ident, $opt:ident, $as:ident, $wanted:literal, $out:ty;)*) => { impl Row { $(
        #[doc = concat!("The column as ", $wanted, "; null or another kind is a fault that names the column.")]
        pub fn $name(&self, column: impl Column) -> Result<$out, Fault> {
            self.read(column, $wanted, $as)
        }
        #[doc = concat!("The column as ", $wanted, ", or `None` when it is null.")]
        pub fn $opt(&self, column: impl Column) -> Result<Option<$out>, Fault> {
            self.read(column, $wanted, |value| match value {
                Value::Null => Some(None),
                value => $as(value).map(Some),
            })
        }
    )* } };
}

getters! {
    int, opt_int, as_int, "int", i64;
    yes, opt_yes, as_yes, "yes/no (0 or 1)", bool;
    real, opt_real, as_real, "real", f64;
    text, opt_text, as_text, "text", String;
    bytes, opt_bytes, as_bytes, "bytes", Vec<u8>;
    uuid, opt_uuid, as_uuid, "uuid", Uuid;
}

const fn as_int(value: &Value) -> Option<i64> {
    match value {
        Value::Int(it) => Some(*it),
        _ => None,
    }
}

const fn as_yes(value: &Value) -> Option<bool> {
    match value {
        Value::Int(0) => Some(false),
        Value::Int(1) => Some(true),
        _ => None,
    }
}

const fn as_real(value: &Value) -> Option<f64> {
    match value {
        Value::Real(it) => Some(*it),
        Value::Int(it) => Some(*it as f64), // a sum of whole numbers is whole on SQLite
        _ => None,
    }
}

fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::Text(it) => Some(it.clone()),
        _ => None,
    }
}

fn as_bytes(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::Bytes(it) => Some(it.clone()),
        _ => None,
    }
}

fn as_uuid(value: &Value) -> Option<Uuid> {
    match value {
        Value::Uuid(it) => Some(*it),
        Value::Bytes(it) => Uuid::from_slice(it).ok(),
        _ => None,
    }
}

/// A way to point at a column: its name (`&str`) or its position (`usize`).
pub trait Column: Copy {
    /// Position among `names`, if there is such a column.
    fn find(self, names: &[String]) -> Option<usize>;
    /// What to call it in a message.
    fn label(self) -> String;
}

impl Column for &str {
    fn find(self, names: &[String]) -> Option<usize> {
        names.iter().position(|name| name == self)
    }
    fn label(self) -> String {
        self.to_owned()
    }
}

impl Column for usize {
    fn find(self, names: &[String]) -> Option<usize> {
        (self < names.len()).then_some(self)
    }
    fn label(self) -> String {
        format!("#{self}")
    }
}
