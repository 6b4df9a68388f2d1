//! What the columns of a table of figures are called, by us and by those who send tables of their own.

use super::Lang;
use sheet::Known;

/// The columns, in the order of the template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Code,
    Name,
    Unit,
    AreaCode,
    Area,
    Num,
    Den,
    Value,
    Se,
    N,
    Remark,
    Month,
}

impl Column {
    /// All; a column's place here is its place among [`known`].
    pub const ALL: [Column; 12] = [
        Column::Code,
        Column::Name,
        Column::Unit,
        Column::AreaCode,
        Column::Area,
        Column::Num,
        Column::Den,
        Column::Value,
        Column::Se,
        Column::N,
        Column::Remark,
        Column::Month,
    ];

    /// Its heading in a template.
    pub fn heading(self, lang: Lang) -> &'static str {
        let names = self.names();
        match lang {
            Lang::Zh => names.0[0],
            Lang::En => names.1[0],
        }
    }

    /// What it is called, in Chinese and in English; the first of each is ours.
    #[rustfmt::skip] // a table, best read as one
    fn names(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Column::Code => (&["指标编码", "指标代码", "指标编号", "编码", "代码", "编号"], &["Indicator code", "Code", "Indicator", "iCode"]),
            Column::Name => (&["指标名称", "指标", "三级指标", "项目", "指标项"], &["Indicator name", "Name"]),
            Column::Unit => (&["计量单位", "单位"], &["Unit"]),
            Column::AreaCode => (&["区域编码", "区划代码", "区域代码", "行政区划代码", "地区代码", "地区编码", "县区代码"], &["Area code", "Area_id", "uCode"]),
            Column::Area => (&["区域", "区域名称", "县市区", "县区", "县（市、区）", "地区", "区县", "地区名称", "行政区"], &["Area", "Area name", "County", "District"]),
            Column::Num => (&["分子", "件数", "发生数", "分子数"], &["Numerator", "Num", "Events", "Count"]),
            Column::Den => (&["分母", "总数", "分母数"], &["Denominator", "Den", "Total"]),
            Column::Value => (&["数值", "指标值", "数据", "值", "本月", "本期", "本月数值", "完成值"], &["Value", "Figure"]),
            Column::Se => (&["标准误", "标准误差"], &["Standard error", "SE"]),
            Column::N => (&["样本量", "样本数", "样本"], &["Sample size", "N", "Sample"]),
            Column::Remark => (&["备注", "说明", "备注说明"], &["Remark", "Remarks", "Note", "Notes", "Comment"]),
            Column::Month => (&["月份", "期次", "统计月份", "所属期"], &["Month", "Period", "Time"]),
        }
    }
}

/// All columns, none of them required: which are needed depends on the shape of the table.
pub fn known() -> Vec<Known> {
    let names = |column: Column| {
        let (zh, en) = column.names();
        Known::optional(zh.iter().chain(en).copied())
    };
    Column::ALL.into_iter().map(names).collect()
}
