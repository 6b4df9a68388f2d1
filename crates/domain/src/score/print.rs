//! Rounding that adds up: printed lines sum to the printed total, by the method of the largest remainder (Hamilton).

/// Values in tenths, whose sum is the sum of the values in tenths, rounded. Each is within one tenth of its value; what is
/// left over goes to those with the largest remainders, ties to the first.
pub fn tenths(values: &[f64]) -> Vec<i64> {
    let exact: Vec<f64> = values.iter().map(|it| it * 10.0).collect();
    let whole = exact.iter().sum::<f64>().round() as i64;
    let mut printed: Vec<i64> = exact.iter().map(|it| it.floor() as i64).collect();
    let left = whole - printed.iter().sum::<i64>();
    let mut order: Vec<usize> = (0..values.len()).collect();
    let remainder = |at: usize| exact[at] - exact[at].floor();
    order.sort_by(|&a, &b| remainder(b).total_cmp(&remainder(a)).then(a.cmp(&b)));
    for at in order.into_iter().take(usize::try_from(left).unwrap_or(0)) {
        printed[at] += 1;
    }
    printed
}
