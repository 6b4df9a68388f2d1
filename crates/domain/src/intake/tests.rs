//! Figures are signed as they stand, and any change of one shows.

use super::{Figure, State, digest};
use crate::id::AreaId;

fn a_figure() -> Figure {
    Figure {
        indicator: "A0101".to_owned(),
        area: AreaId(3),
        month: "2026-09".parse().unwrap(),
        num: Some(41.0),
        den: Some(42.5),
        value: None,
        se: None,
        n: None,
        remark: None,
    }
}

/// What is signed and hashed keeps its form for ever: a changed line here breaks every signature there is.
#[test]
fn figures_are_hashed_in_this_form() {
    let text = r#"{"indicator":"A0101","area":3,"month":"2026-09","num":41.0,"den":42.5}"#;
    assert_eq!(serde_json::to_string(&a_figure()).unwrap(), text);
    assert_eq!(digest([&a_figure()]), crate::audit::sha256(format!("{text}\n").as_bytes()));
    let remarked = Figure { remark: Some("a flood".to_owned()), ..a_figure() };
    assert_ne!(digest([&remarked]), digest([&a_figure()]));
    assert_eq!(serde_json::from_str::<Figure>(text).unwrap(), a_figure());
}

#[test]
fn states_are_read_as_they_are_written() {
    for state in State::ALL {
        assert_eq!(State::parse(state.as_str()), Some(state));
    }
    assert_eq!(State::parse("gone"), None);
}
