//! The audit report says what it must, in order, and breaks on nothing it is given.

use index::{Recipe, audit::audit, run, sensitivity::Study};

use crate::laws::made;

#[test]
fn the_audit_follows_the_order_of_the_statistical_audits() {
    let inputs = made(40, 3, 3, 0.02, 5);
    let recipe =
        Recipe::from_toml("name = \"a < b\"\n[treat]\nsteps = [{ do = \"winsorise\", max-points = 2 }]")
            .unwrap();
    let r = run(&inputs, &recipe).unwrap();
    let study =
        Study::from_toml("n = 16\n[[input]]\nname = \"weights\"\nkind = \"weight-noise\"\nshare = 0.25\n")
            .unwrap();
    let s = study.run(&inputs, &recipe, None).unwrap();
    let report = audit(&r, Some(&s)).unwrap();
    let headings: Vec<&str> = report.sections.iter().map(|s| s.heading.as_str()).collect();
    assert_eq!(
        headings,
        [
            "Framework",
            "Data",
            "Treatment",
            "Correlations",
            "Reliability",
            "Weights and importance",
            "Ranks under other choices",
            "What moves the ranks",
            "Results",
            "Notes"
        ]
    );
    assert!(report.sections.iter().all(|s| s.finding.ends_with('.') && !s.finding.contains("NaN")));
    let (markdown, html) = (report.to_markdown(), report.to_html());
    assert!(markdown.contains("| U00003 |") && markdown.contains("winsorise"));
    assert!(html.contains("a &lt; b") && !html.contains("a < b") && html.contains("<svg"));
    assert!(markdown.contains("- **Framework**: 9 indicators in 4 aggregates on 3 levels; 40 rows."));
    assert!(
        html.contains("href=\"#s0\"")
            && html.contains("id=\"s0\"")
            && html.contains("dot: rank by this recipe")
    );
    assert!(!markdown.contains("NaN") && !html.contains("NaN"));
}

#[test]
fn with_eleven_units_components_are_refused_in_words() {
    let r = run(&made(11, 2, 6, 0.0, 6), &Recipe::default()).unwrap();
    let markdown = audit(&r, None).unwrap().to_markdown();
    assert!(markdown.contains("2 aggregates have fewer than three units per child"));
}
