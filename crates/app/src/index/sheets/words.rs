//! A scoring standard in words that whoever fills in the table understands.

use super::Lang;
use domain::framework::{BaseRow, BoundsBy, Cap, Curve, Indicator, Measure, Shrink, Standard, Transform};

/// What is handed in for an indicator and how it becomes a score, as sentences.
pub fn standard_words(indicator: &Indicator, bases: &[BaseRow], lang: Lang) -> String {
    let standard = &indicator.standard;
    let mut told = vec![measure(indicator, bases, lang), scale(standard, indicator.row.direction, lang)];
    told.extend(small(standard, lang));
    told.extend(flags(standard, lang));
    match lang {
        Lang::Zh => told.join("；") + "。",
        Lang::En => told.join("; ") + ".",
    }
}

fn measure(indicator: &Indicator, bases: &[BaseRow], lang: Lang) -> String {
    let unit = &indicator.row.unit;
    match (&indicator.standard.measure, lang) {
        (Measure::Share { of }, Lang::Zh) => format!("报分子和分母（{of}），指标值=分子÷分母×100"),
        (Measure::Share { of }, Lang::En) => {
            format!("give numerator and denominator ({of}); the value is 100 × numerator ÷ denominator")
        }
        (Measure::Rate { base, scale }, _) => {
            let name = bases
                .iter()
                .find(|it| it.code == *base)
                .map_or(base.as_str(), |it| lang.pick(&it.name_zh, &it.name_en));
            match lang {
                Lang::Zh => format!("报件数（分子），指标值=件数÷{name}×{scale}，{name}用最近一次报送的基数"),
                Lang::En => format!(
                    "give the number of events (numerator); the value is {scale} × events ÷ {name}, as last handed in"
                ),
            }
        }
        (Measure::Plain, Lang::Zh) => format!("直接报数值（{unit}）"),
        (Measure::Plain, Lang::En) => format!("give the value ({unit})"),
    }
}

/// Bounds and what lies between them. The score at the worse bound comes first in a standard.
fn scale(standard: &Standard, direction: i8, lang: Lang) -> String {
    if let Curve::Points(points) = &standard.curve {
        let steps: Vec<String> = points.iter().map(|(figure, score)| format!("{figure}→{score}")).collect();
        return match lang {
            Lang::Zh => format!("按档计分：{}，两档之间按直线", steps.join("，")),
            Lang::En => format!("scored by steps: {}, straight in between", steps.join(", ")),
        };
    }
    let (worse, better) = standard.score;
    let (at_lower, at_upper) = if direction < 0 { (better, worse) } else { (worse, better) };
    let (lower, upper, from) = match standard.bounds {
        BoundsBy::Fixed { lower, upper } => (lower.to_string(), upper.to_string(), None),
        BoundsBy::Data { lower, upper } => {
            let quantile = |p: f64| format!("{}", (p * 1e4).round() / 100.0);
            let names = match lang {
                Lang::Zh => ("下限".to_owned(), "上限".to_owned()),
                Lang::En => ("the lower bound".to_owned(), "the upper bound".to_owned()),
            };
            let from = bounds_from(standard, &quantile(lower), &quantile(upper), lang);
            (names.0, names.1, Some(from))
        }
    };
    let capped = standard.cap == Cap::Both;
    let mut told = match (lang, capped) {
        (Lang::Zh, true) => format!("{lower}及以下得{at_lower}分，{upper}及以上得{at_upper}分，之间按直线"),
        (Lang::Zh, false) => format!("{lower}得{at_lower}分，{upper}得{at_upper}分，按直线，超出不截断"),
        (Lang::En, true) => {
            format!("{at_lower} points up to {lower}, {at_upper} from {upper} on, straight in between")
        }
        (Lang::En, false) => {
            format!("{at_lower} points at {lower}, {at_upper} at {upper}, straight, not capped")
        }
    };
    if standard.transform == Transform::Log1p {
        told += lang.pick("（先取ln(1+x)）", " (of ln(1 + x))");
    }
    if let Some(from) = from {
        told += lang.pick("；", "; ");
        told += &from;
    }
    told
}

fn bounds_from(standard: &Standard, lower: &str, upper: &str, lang: Lang) -> String {
    let window = match (standard.window_months, lang) {
        (Some(months), Lang::Zh) => format!("近{months}个月"),
        (Some(months), Lang::En) => format!("of the last {months} months"),
        (None, Lang::Zh) => "历年".to_owned(),
        (None, Lang::En) => "of all months".to_owned(),
    };
    let mut told = match lang {
        Lang::Zh => format!("下限、上限取{window}各县市区月度值的{lower}%和{upper}%分位数"),
        Lang::En => {
            format!("the bounds are the {lower} % and {upper} % quantiles of the counties' figures {window}")
        }
    };
    if standard.outlier.is_some() {
        told += lang.pick("，离群值不参与", ", outliers left out");
    }
    told
}

fn small(standard: &Standard, lang: Lang) -> Vec<String> {
    let mut told = Vec::new();
    match standard.shrink {
        Some(Shrink::BetaBinomial) => {
            told.push(
                lang.pick(
                    "数量少时向全市平均收缩（贝塔-二项）",
                    "small numbers are drawn to the city's mean (beta-binomial)",
                )
                .to_owned(),
            );
        }
        Some(Shrink::GammaPoisson) => {
            told.push(
                lang.pick(
                    "数量少时向全市平均收缩（伽马-泊松）",
                    "small numbers are drawn to the city's mean (gamma-Poisson)",
                )
                .to_owned(),
            );
        }
        None => {}
    }
    if standard.min_den > 0.0 {
        let least = standard.min_den;
        told.push(match lang {
            Lang::Zh => format!("分母低于{least}的标为小样本"),
            Lang::En => format!("denominators below {least} are marked as small"),
        });
    }
    if standard.needs_se {
        told.push(lang.pick("须报标准误", "the standard error is required").to_owned());
    }
    if standard.min_n > 0 {
        let least = standard.min_n;
        told.push(match lang {
            Lang::Zh => format!("须报样本量，不少于{least}"),
            Lang::En => format!("the sample size is required, at least {least}"),
        });
    }
    told
}

fn flags(standard: &Standard, lang: Lang) -> Vec<String> {
    let told = |zh: &str, en: &str, limit: f64| match lang {
        Lang::Zh => format!("{zh}{limit}时单独提示，不改变得分"),
        Lang::En => format!("{en} {limit} it is flagged; the score stays"),
    };
    let above = standard.veto_above.map(|limit| told("高于", "above", limit));
    above.into_iter().chain(standard.veto_below.map(|limit| told("低于", "below", limit))).collect()
}
