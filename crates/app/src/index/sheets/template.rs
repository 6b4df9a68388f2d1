//! The table that a department fills in for a month: one row for each of its indicators in each county, the cells
//! that are not asked for in grey; beside it what each indicator means and what was handed in last.

use super::columns::Column;
use super::words::standard_words;
use super::{County, Lang};
use domain::framework::{BaseRow, Framework, FrameworkRow, Measure, Standard};
use domain::intake::Figure;
use domain::month::Month;
use jiff::civil::Date;
use sheet::{Align, Column as Head, Format, Look, Table, Value};

/// Names of sheets that are for reading only: they are passed over when a file comes back.
pub(super) const READ_ONLY: [&str; 2] = ["指标说明", "Definitions"];

/// What is asked of a department for a month.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The framework.
    pub framework: &'a Framework,
    /// The department's unit code.
    pub department: &'a str,
    /// Its name.
    pub department_name: &'a str,
    /// The month.
    pub month: Month,
    /// Until the end of which day it is on time.
    pub due: Date,
    /// The counties, in the order of the rows.
    pub counties: &'a [County],
    /// What is known of the month before, in any order; figures of others are passed over.
    pub last: &'a [Figure],
    /// What is known of this month already: it stands in the cells.
    pub given: &'a [Figure],
}

/// What one row asks for.
struct Item<'a> {
    code: &'a str,
    name: (&'a str, &'a str),
    unit: &'a str,
    /// `None` for a base figure.
    standard: Option<&'a Standard>,
    row: Option<&'a FrameworkRow>,
}

impl Item<'_> {
    fn asks(&self, column: Column) -> bool {
        let measure = self.standard.map(|it| &it.measure);
        match column {
            Column::Num => matches!(measure, Some(Measure::Share { .. } | Measure::Rate { .. })),
            Column::Den => matches!(measure, Some(Measure::Share { .. })),
            Column::Value => matches!(measure, None | Some(Measure::Plain)),
            Column::Se => self.standard.is_some_and(|it| it.needs_se),
            Column::N => self.standard.is_some_and(|it| it.min_n > 0),
            _ => false,
        }
    }
}

impl<'a> Asked<'a> {
    fn items(&self) -> Vec<Item<'a>> {
        let framework = self.framework;
        let mine = |row: &&'a domain::framework::Indicator| {
            row.row.department == self.department && row.row.source.is_empty()
        };
        let indicators = framework.indicators.iter().filter(mine).map(|it| Item {
            code: &it.row.code,
            name: (&it.row.name_zh, &it.row.name_en),
            unit: &it.row.unit,
            standard: Some(&it.standard),
            row: Some(&it.row),
        });
        let bases = framework.bases.iter().filter(|it| it.department == self.department).map(of_base);
        indicators.chain(bases).collect()
    }

    fn title(&self, lang: Lang) -> String {
        let month = lang.month(self.month);
        match lang {
            Lang::Zh => format!("{}平安指数数据报送表（{month}）", self.department_name),
            Lang::En => format!("Figures for the safety index: {}, {month}", self.department_name),
        }
    }
}

fn of_base(base: &BaseRow) -> Item<'_> {
    Item {
        code: &base.code,
        name: (&base.name_zh, &base.name_en),
        unit: &base.unit,
        standard: None,
        row: None,
    }
}

/// The sheet to fill in and the sheet of definitions. As CSV only the first is needed.
pub fn template(asked: &Asked<'_>, lang: Lang) -> Vec<Table> {
    vec![to_fill(asked, lang), definitions(asked, lang)]
}

fn to_fill(asked: &Asked<'_>, lang: Lang) -> Table {
    let due = lang.day(asked.due);
    let how = match lang {
        Lang::Zh => format!(
            "填黄色单元格，灰色单元格不填；没有数据的留空，不要填0。请于{due}前报送。编码和区域两列请勿改动，填报口径见“指标说明”。"
        ),
        Lang::En => format!(
            "Fill in the yellow cells, not the grey ones; leave a cell empty where there is no figure, do not write 0. Due by the end of {due}. Keep codes and areas as they are; see “Definitions”."
        ),
    };
    let items = asked.items();
    let rows =
        items.iter().flat_map(|item| asked.counties.iter().map(|county| row(asked, item, county, lang)));
    Table {
        name: lang.pick("数据", "Figures").to_owned(),
        title: vec![asked.title(lang), how],
        columns: heads(lang),
        rows: rows.collect(),
        foot: Vec::new(),
        landscape: true,
        row_height: 0.0,
        frozen_columns: 2,
    }
}

fn heads(lang: Lang) -> Vec<Head> {
    let head = |column: Column, width: f64| Head::new(column.heading(lang), width);
    vec![
        head(Column::Code, 11.0).format(Format::Text),
        head(Column::Name, 34.0),
        head(Column::Unit, 11.0).align(Align::Middle),
        head(Column::AreaCode, 11.0).format(Format::Text).align(Align::Middle),
        head(Column::Area, 20.0),
        head(Column::Num, 11.0).at_least(0.0),
        head(Column::Den, 12.0).at_least(0.0),
        head(Column::Value, 11.0),
        head(Column::Se, 10.0).at_least(0.0),
        head(Column::N, 10.0).at_least(0.0),
        head(Column::Remark, 24.0),
    ]
}

fn row(asked: &Asked<'_>, item: &Item<'_>, county: &County, lang: Lang) -> Vec<Value> {
    let given = asked
        .given
        .iter()
        .find(|it| it.indicator == item.code && it.area == county.id && it.month == asked.month);
    let cell = |column: Column, held: Option<f64>| {
        let look = if item.asks(column) { Look::Asked } else { Look::NotAsked };
        Value::maybe(held.filter(|_| item.asks(column))).looking(look)
    };
    let held = |pick: fn(&Figure) -> Option<f64>| given.and_then(pick);
    vec![
        item.code.into(),
        lang.pick(item.name.0, item.name.1).into(),
        item.unit.into(),
        county.code.as_str().into(),
        county.name(lang).into(),
        cell(Column::Num, held(|it| it.num)),
        cell(Column::Den, held(|it| it.den)),
        cell(Column::Value, held(|it| it.value)),
        cell(Column::Se, held(|it| it.se)),
        cell(Column::N, held(|it| it.n)),
        given.and_then(|it| it.remark.as_deref()).map_or_else(Value::empty, Value::from),
    ]
}

/// What each indicator means, in both languages, and what was handed in the month before.
pub fn definitions(asked: &Asked<'_>, lang: Lang) -> Table {
    let before = asked.month.plus(-1);
    let last = match lang {
        Lang::Zh => format!("上月数据（{}）", lang.month(before)),
        Lang::En => format!("Last month ({})", lang.month(before)),
    };
    let mut columns = vec![
        Head::new(Column::Code.heading(lang), 11.0).format(Format::Text),
        Head::new(Column::Name.heading(lang), 28.0),
        Head::new(Column::Unit.heading(lang), 10.0).align(Align::Middle),
        Head::new(lang.pick("方向", "Better"), 9.0).align(Align::Middle),
        Head::new(lang.pick("口径与计分（中文）", "What is asked (Chinese)"), 44.0),
        Head::new(lang.pick("口径与计分（英文）", "What is asked (English)"), 44.0),
    ];
    columns.extend(
        asked
            .counties
            .iter()
            .map(|county| Head::new(county.name(lang), 11.0).align(Align::Middle).under(last.as_str())),
    );
    let rows = asked.items().iter().map(|item| definition(asked, item, before, lang)).collect();
    let due = lang.day(asked.due);
    let note = match lang {
        Lang::Zh => format!("本页只供查阅，不作报送。报送截止：{due}，之后记为迟报。"),
        Lang::En => format!(
            "For reading only; nothing is handed in from this sheet. Due by the end of {due}; later is late."
        ),
    };
    Table {
        name: lang.pick(READ_ONLY[0], READ_ONLY[1]).to_owned(),
        title: vec![asked.title(lang), note],
        columns,
        rows,
        foot: Vec::new(),
        landscape: true,
        row_height: 0.0,
        frozen_columns: 2,
    }
}

fn definition(asked: &Asked<'_>, item: &Item<'_>, before: Month, lang: Lang) -> Vec<Value> {
    let better = match item.row.map(|row| row.direction) {
        Some(1) => lang.pick("越高越好", "higher"),
        Some(_) => lang.pick("越低越好", "lower"),
        None => lang.pick("基数", "base"),
    };
    let indicator = asked.framework.indicator(item.code);
    let told = |told_in: Lang| match indicator {
        Some(indicator) => standard_words(indicator, &asked.framework.bases, told_in),
        None => told_in
            .pick(
                "基数：计算比率的分母，报数值，用到下一次报送为止。",
                "Base figure that rates are divided by; give the value, it holds until the next.",
            )
            .to_owned(),
    };
    let mut values = vec![
        item.code.into(),
        lang.pick(item.name.0, item.name.1).into(),
        item.unit.into(),
        better.into(),
        told(Lang::Zh).into(),
        told(Lang::En).into(),
    ];
    values.extend(asked.counties.iter().map(|county| {
        let held = asked
            .last
            .iter()
            .find(|it| it.indicator == item.code && it.area == county.id && it.month == before);
        held.map_or_else(|| Value::text("—").looking(Look::Faint), |it| as_text(it, item.standard))
    }));
    values
}

/// `41 / 42` for counts, the number alone for what is told by a number.
fn as_text(figure: &Figure, standard: Option<&Standard>) -> Value {
    let counts = matches!(standard.map(|it| &it.measure), Some(Measure::Share { .. }));
    match (figure.num, figure.den, figure.value) {
        (Some(num), Some(den), _) if counts => Value::text(format!("{num} / {den}")),
        (_, _, Some(value)) => Value::number(value),
        (Some(num), _, None) => Value::number(num),
        _ => Value::text("—").looking(Look::Faint),
    }
}
