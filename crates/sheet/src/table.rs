//! A table to be written: what stands in it and how it looks, apart from the kind of file.

/// A table, one sheet of a workbook.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The sheet's name. Characters that spreadsheets refuse become blanks; at most 31 are kept.
    pub name: String,
    /// Lines above the header, each over the whole width; the first is the title.
    pub title: Vec<String>,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, a value for each column; shorter ones end in empty cells.
    pub rows: Vec<Vec<Value>>,
    /// Lines below the rows, each over the whole width.
    pub foot: Vec<String>,
    /// Whether A4 lies on its side.
    pub landscape: bool,
    /// Least height of a row in points; 0 for the usual.
    pub row_height: f64,
    /// Columns that stay when scrolling to the right; the header always stays.
    pub frozen_columns: usize,
}

/// A column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Column {
    /// Its name.
    pub heading: String,
    /// A name over several columns side by side.
    pub group: Option<String>,
    /// Width in Latin letters; 0 for the usual.
    pub width: f64,
    /// How numbers are shown.
    pub format: Format,
    /// Where things stand in its cells.
    pub align: Align,
    /// The only texts that a spreadsheet takes here, offered as a list; empty for no such rule. Excel holds 255
    /// characters of them: a longer list is left out.
    pub choices: Vec<String>,
    /// The least number that a spreadsheet takes here.
    pub least: Option<f64>,
}

impl Column {
    /// A column of a name and width.
    pub fn new(heading: impl Into<String>, width: f64) -> Column {
        Column { heading: heading.into(), width, ..Column::default() }
    }

    /// With numbers shown so.
    #[must_use]
    pub fn format(self, format: Format) -> Column {
        Column { format, ..self }
    }

    /// With its content aligned.
    #[must_use]
    pub fn align(self, align: Align) -> Column {
        Column { align, ..self }
    }

    /// Under a name that it shares with its neighbours.
    #[must_use]
    pub fn under(self, group: impl Into<String>) -> Column {
        Column { group: Some(group.into()), ..self }
    }

    /// Taking no number below this.
    #[must_use]
    pub fn at_least(self, least: f64) -> Column {
        Column { least: Some(least), ..self }
    }

    /// Taking only these texts.
    #[must_use]
    pub fn one_of<S: Into<String>>(self, choices: impl IntoIterator<Item = S>) -> Column {
        Column { choices: choices.into_iter().map(Into::into).collect(), ..self }
    }
}

/// How numbers of a column are shown; files keep all digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// As a spreadsheet likes.
    #[default]
    General,
    /// As text, also what looks like a number: codes keep their zeros.
    Text,
    /// Whole, with commas.
    Whole,
    /// With so many decimals, at most 15.
    Decimals(u8),
    /// With so many decimals and always a sign: a difference.
    Signed(u8),
}

/// Where content stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Align {
    /// Text left, numbers right.
    #[default]
    Usual,
    /// In the middle.
    Middle,
}

/// What a cell looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Look {
    /// Plain.
    #[default]
    Plain,
    /// To be filled in.
    Asked,
    /// Not asked for: greyed.
    NotAsked,
    /// Important.
    Strong,
    /// Bad: a doubt, a loss.
    Bad,
    /// Secondary.
    Faint,
}

/// A cell to be written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Value {
    pub(crate) content: Content,
    pub(crate) look: Look,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Content {
    #[default]
    Empty,
    Text(String),
    Number(f64),
}

impl Value {
    /// Text.
    pub fn text(text: impl Into<String>) -> Value {
        Value { content: Content::Text(text.into()), look: Look::Plain }
    }

    /// A number; what is not finite is an empty cell.
    pub fn number(number: impl Into<f64>) -> Value {
        let number = number.into();
        let content = if number.is_finite() { Content::Number(number) } else { Content::Empty };
        Value { content, look: Look::Plain }
    }

    /// A number or an empty cell.
    pub fn maybe(number: Option<f64>) -> Value {
        number.map_or_else(Value::empty, Value::number)
    }

    /// Nothing.
    pub fn empty() -> Value {
        Value::default()
    }

    /// The same, looking so.
    #[must_use]
    pub fn looking(self, look: Look) -> Value {
        Value { look, ..self }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::text(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::text(text)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Value {
        Value::number(number)
    }
}
