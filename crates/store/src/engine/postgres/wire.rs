//! Our values in PostgreSQL's binary form and back. A parameter takes the type the statement gives it.

use std::{error::Error, sync::Arc};

use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, private::BytesMut, to_sql_checked};
use uuid::Uuid;

use crate::engine::value::{Row, Value};

type Boxed = Box<dyn Error + Sync + Send>;

pub(super) fn param(value: &Value) -> &(dyn ToSql + Sync) {
    value
}

pub(super) fn row(row: &tokio_postgres::Row, names: &Arc<[String]>) -> Result<Row, tokio_postgres::Error> {
    let values = (0..row.len()).map(|at| row.try_get::<_, Value>(at)).collect::<Result<_, _>>()?;
    Ok(Row::new(Arc::clone(names), values))
}

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Boxed> {
        match (self, ty) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Int(it), &Type::INT8) => it.to_sql(ty, out),
            (Self::Int(it), &Type::INT4) => i32::try_from(*it)?.to_sql(ty, out),
            (Self::Int(it), &Type::INT2) => i16::try_from(*it)?.to_sql(ty, out),
            (Self::Int(0 | 1), &Type::BOOL) => (*self == Self::Int(1)).to_sql(ty, out),
            (Self::Int(it), &Type::FLOAT8) => (*it as f64).to_sql(ty, out),
            (Self::Int(it), &Type::NUMERIC) => {
                out.extend_from_slice(&numeric_of(*it));
                Ok(IsNull::No)
            }
            (Self::Real(it), &Type::FLOAT8) => it.to_sql(ty, out),
            (Self::Real(it), &Type::FLOAT4) => (*it as f32).to_sql(ty, out),
            (Self::Text(it), _) if <&str as ToSql>::accepts(ty) => it.as_str().to_sql(ty, out),
            (Self::Bytes(it), &Type::BYTEA) => it.as_slice().to_sql(ty, out),
            (Self::Bytes(it), &Type::UUID) => Uuid::from_slice(it)?.to_sql(ty, out),
            (Self::Uuid(it), &Type::UUID) => it.to_sql(ty, out),
            (Self::Uuid(it), &Type::BYTEA) => it.as_bytes().as_slice().to_sql(ty, out),
            _ => Err(format!("{self:?} does not fit a parameter of type {ty}").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true // checked value by value above
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Boxed> {
        Ok(match *ty {
            Type::INT8 => Self::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Self::Int(i32::from_sql(ty, raw)?.into()),
            Type::INT2 => Self::Int(i16::from_sql(ty, raw)?.into()),
            Type::BOOL => Self::Int(bool::from_sql(ty, raw)?.into()),
            Type::XID8 => Self::Int(i64::from_be_bytes(raw.try_into()?)),
            Type::FLOAT8 => Self::Real(f64::from_sql(ty, raw)?),
            Type::FLOAT4 => Self::Real(f32::from_sql(ty, raw)?.into()),
            Type::NUMERIC => from_numeric(raw)?,
            Type::BYTEA => Self::Bytes(raw.to_vec()),
            Type::UUID => Self::Uuid(Uuid::from_sql(ty, raw)?),
            _ if <&str as FromSql>::accepts(ty) => Self::Text(String::from_sql(ty, raw)?),
            _ => return Err(format!("a column of type {ty} has no value of ours: cast it").into()),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Boxed> {
        Ok(Self::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// PostgreSQL's `numeric`: digits to the base 10,000, most significant first; what `sum(bigint)` and `avg` give.
///
/// Whole numbers that fit become `Int`, all else `Real`, as SQLite does for the same sums.
fn from_numeric(raw: &[u8]) -> Result<Value, Boxed> {
    let mut words = raw.chunks_exact(2).map(|it| i16::from_be_bytes([it[0], it[1]]));
    let mut head = || words.next().ok_or("a number was cut short");
    let (_count, weight, sign, _scale) = (head()?, head()?, head()?, head()?);
    let digits: Vec<i16> = words.collect();
    let negative = match sign {
        0 => false,
        0x4000 => true,
        _ => return Ok(Value::Real(f64::NAN)),
    };
    let whole = digits.len() <= usize::try_from(i32::from(weight) + 1).unwrap_or(0);
    if whole || digits.is_empty() {
        let exact = (0..=weight).try_fold(0_i64, |sum, at| {
            let digit = usize::try_from(at).ok().and_then(|at| digits.get(at)).copied().unwrap_or(0);
            let digit = if negative { -i64::from(digit) } else { i64::from(digit) };
            sum.checked_mul(10_000)?.checked_add(digit)
        });
        if let Some(exact) = exact {
            return Ok(Value::Int(exact));
        }
    }
    let size = digits
        .iter()
        .zip(0_i32..)
        .map(|(digit, at)| f64::from(*digit) * 10_000_f64.powi(i32::from(weight) - at))
        .sum::<f64>();
    Ok(Value::Real(if negative { -size } else { size }))
}

fn numeric_of(it: i64) -> Vec<u8> {
    let mut digits = Vec::new();
    let mut rest = it.unsigned_abs();
    while rest > 0 {
        digits.push((rest % 10_000) as i16);
        rest /= 10_000;
    }
    digits.reverse();
    let count = digits.len() as i16;
    let head = [count, (count - 1).max(0), if it < 0 { 0x4000 } else { 0 }, 0];
    head.iter().chain(&digits).flat_map(|word| word.to_be_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_survive_the_form_of_numeric() {
        for it in [0, 1, -1, 9_999, 10_000, 10_001, -100_000_000, 1_234_567_890_123, i64::MAX, i64::MIN] {
            assert_eq!(from_numeric(&numeric_of(it)).unwrap(), Value::Int(it), "{it}");
        }
    }

    #[test]
    fn fractions_become_reals() {
        // 12.5 = digits 12, 5000; weight 0; scale 1
        let raw: Vec<u8> = [2_i16, 0, 0, 1, 12, 5_000].iter().flat_map(|it| it.to_be_bytes()).collect();
        assert_eq!(from_numeric(&raw).unwrap(), Value::Real(12.5));
    }
}
