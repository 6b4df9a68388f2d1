//! A frame: one number per unit and column, stored by column. `NaN` means missing and nothing else; readers refuse
//! infinities and every stage turns a failed calculation into an error or a note.

use std::sync::Arc;

use super::Units;
use crate::error::{IndexError, Result};

/// Numbers by unit (row) and code (column).
#[derive(Debug, Clone)]
pub struct Frame {
    units: Arc<Units>,
    codes: Arc<Vec<String>>,
    /// Shared until somebody writes: a stage that changes nothing costs nothing.
    values: Arc<Vec<f64>>,
}

impl Frame {
    /// A frame from columns, each as long as there are units.
    pub fn from_columns(units: Arc<Units>, columns: Vec<(String, Vec<f64>)>) -> Result<Self> {
        let mut frame = Self { units, codes: Arc::default(), values: Arc::default() };
        for (code, column) in columns {
            frame.push(code, &column)?;
        }
        Ok(frame)
    }
    /// An empty frame for these units.
    pub fn empty(units: Arc<Units>) -> Self {
        Self { units, codes: Arc::default(), values: Arc::default() }
    }
    /// Appends a column.
    pub fn push(&mut self, code: impl Into<String>, column: &[f64]) -> Result<()> {
        if column.len() != self.rows() {
            return Err(IndexError::Shape {
                what: "column length",
                expected: self.rows(),
                got: column.len(),
            });
        }
        Arc::make_mut(&mut self.codes).push(code.into());
        Arc::make_mut(&mut self.values).extend_from_slice(column);
        Ok(())
    }
    /// Makes room for this many columns in all.
    pub(crate) fn reserve(&mut self, columns: usize) {
        let mut roomy = Vec::with_capacity(columns * self.rows());
        roomy.extend_from_slice(&self.values);
        self.values = Arc::new(roomy);
    }
    /// The rows.
    pub fn units(&self) -> &Arc<Units> {
        &self.units
    }
    /// The column codes.
    pub fn codes(&self) -> &[String] {
        &self.codes
    }
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.units.len()
    }
    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.codes.len()
    }
    /// A column by position.
    pub fn column(&self, j: usize) -> &[f64] {
        &self.values[j * self.rows()..(j + 1) * self.rows()]
    }
    /// A column by position, to change.
    pub fn column_mut(&mut self, j: usize) -> &mut [f64] {
        let n = self.rows();
        &mut Arc::make_mut(&mut self.values)[j * n..(j + 1) * n]
    }
    /// All columns, one after the other.
    pub fn values(&self) -> &[f64] {
        &self.values
    }
    /// All columns to change, for several threads.
    pub(crate) fn par_columns_mut(&mut self) -> rayon::slice::ChunksMut<'_, f64> {
        use rayon::slice::ParallelSliceMut;
        let n = self.units.len().max(1);
        Arc::make_mut(&mut self.values).par_chunks_mut(n)
    }
    /// Position of a code.
    pub fn position(&self, code: &str) -> Option<usize> {
        self.codes.iter().position(|c| c == code)
    }
    /// A column by code.
    pub fn named(&self, code: &str) -> Result<&[f64]> {
        self.position(code).map(|j| self.column(j)).ok_or_else(|| IndexError::unknown("column", code))
    }
    /// One value; `None` where missing or unknown.
    pub fn get(&self, unit: &str, code: &str) -> Option<f64> {
        let (i, j) = (self.units.row_of(unit, None)?, self.position(code)?);
        Some(self.column(j)[i]).filter(|x| !x.is_nan())
    }
    /// One value by position.
    #[inline]
    pub fn at(&self, row: usize, column: usize) -> f64 {
        self.values[column * self.units.len() + row]
    }
    /// One row across columns.
    pub fn row(&self, i: usize) -> Vec<f64> {
        (0..self.columns()).map(|j| self.at(i, j)).collect()
    }
    /// The chosen rows, in the order given.
    #[must_use]
    pub fn pick_rows(&self, rows: &[usize]) -> Self {
        let units = Arc::new(self.units.pick(rows));
        let values =
            (0..self.columns()).flat_map(|j| rows.iter().map(move |&i| self.at(i, j))).collect::<Vec<f64>>();
        Self { units, codes: self.codes.clone(), values: Arc::new(values) }
    }
    /// The chosen columns, in the order given.
    pub fn pick_columns<S: AsRef<str>>(&self, codes: &[S]) -> Result<Self> {
        let same = codes.len() == self.codes.len()
            && codes.iter().zip(self.codes.iter()).all(|(a, b)| a.as_ref() == b);
        if same {
            return Ok(self.clone());
        }
        let mut frame = Self::empty(self.units.clone());
        // Room for the aggregates that are often added.
        Arc::make_mut(&mut frame.values).reserve(2 * codes.len() * self.rows());
        for code in codes {
            frame.push(code.as_ref(), self.named(code.as_ref())?)?;
        }
        Ok(frame)
    }
    /// Whether any value is missing.
    pub fn has_missing(&self) -> bool {
        self.values.iter().any(|x| x.is_nan())
    }
    /// Equal in every bit, missing values included.
    pub fn same_bytes(&self, other: &Self) -> bool {
        self.units == other.units
            && self.codes == other.codes
            && self.values.len() == other.values.len()
            && self
                .values
                .iter()
                .zip(other.values.iter())
                .all(|(a, b)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()))
    }
}
