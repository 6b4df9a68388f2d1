//! The text form of the counters, as a scraper reads it.

use std::time::Duration;

use super::{Kind, Metrics};

#[test]
fn buckets_count_everything_at_or_below_their_bound() {
    let metrics = Metrics::default();
    for ms in [1, 4, 400, 60_000] {
        metrics.answered("GET", "/api/v1/cases", 200, Duration::from_millis(ms));
    }
    let text = metrics.text(&[]);
    let labels = "method=\"GET\",path=\"/api/v1/cases\",status=\"200\"";
    let bucket = |le: &str, count: u32| format!("_seconds_bucket{{{labels},le=\"{le}\"}} {count}\n");
    for (le, count) in [("0.001", 1), ("0.005", 2), ("0.25", 2), ("0.5", 3), ("30", 3), ("+Inf", 4)] {
        assert!(text.contains(&bucket(le, count)), "{le} in\n{text}");
    }
    assert!(text.contains(&format!("_seconds_count{{{labels}}} 4\n")));
}

#[test]
fn figures_of_others_stand_behind_ours_with_their_meaning() {
    let metrics = Metrics::default();
    metrics.refused("rate");
    let text = metrics.text(&[("gridward_feed_lag", Kind::Gauge, "Acts not yet sent.", 3.0)]);
    assert!(text.contains("gridward_http_refused_total{why=\"rate\"} 1\n"));
    assert!(text.ends_with(
        "# HELP gridward_feed_lag Acts not yet sent.\n# TYPE gridward_feed_lag gauge\ngridward_feed_lag 3\n"
    ));
}
