//! Bad input: each a clear error naming row and column, or a visible note; never `NaN` in silence.

use index::{Inputs, Recipe, run};

const META: &str = "iCode,Type,Parent,Direction,Weight,Denominator\nR,Aggregate,,1,1,\na,Indicator,R,1,1,\nb,Indicator,R,-1,1,\n";

fn error(data: &str, meta: &str) -> String {
    Inputs::from_csv(data.as_bytes(), meta.as_bytes()).unwrap_err().to_string()
}
fn run_error(data: &str, meta: &str, recipe: &str) -> String {
    let (inputs, _) = Inputs::from_csv(data.as_bytes(), meta.as_bytes()).unwrap();
    run(&inputs, &Recipe::from_toml(recipe).unwrap()).unwrap_err().to_string()
}

#[test]
fn tables_that_cannot_be_read_say_where() {
    let good = "uCode,a,b\nX,1,2\nY,3,4\n";
    let cases = [
        (error("uCode,a,b\nX,1,2\nX,3,4\n", META), "iData: row 3: unit \"X\" is already in row 2"),
        (
            error("uCode,Time,a,b\nX,2020,1,2\nX,2021,3,4\nX,2020,3,4\n", META),
            "iData: row 4: unit \"X 2020\" is already in row 2",
        ),
        (error("uCode,a,b\nX,1,2\nY,three,4\n", META), "iData: row 3, column a: \"three\" is not a number"),
        (error("uCode,a,b\nX,1,inf\n", META), "iData: row 2, column b: the value is infinite"),
        (error("uCode,a\nX,1\n", META), "iData: column b is missing from the header"),
        (error("uCode,a,b\n", META), "iData: no rows below the header"),
        (error("uCode,a,b\nX,1\n", META), "iData: row 2: 2 cells where the header has 3"),
        (error("uCode,a,b\n,1,2\n", META), "iData: row 2, column uCode: the cell is empty"),
        (error("uCode,a,b\nX,1,2\n\nY,3,4\n", META), "iData: row 3: the row is empty; take it out"),
        (error("uCode,a,b\r\nX,1,2\r\n\r\nY,3,4\r\n", META), "iData: row 3: the row is empty; take it out"),
        (error("uCode,a,a\nX,1,2\n", META), "iData: column a appears twice in the header (columns 2 and 3)"),
        (
            error(
                good,
                "iCode,Type,Parent,Direction,Weight\nR,Aggregate,S,1,1\nS,Aggregate,R,1,1\na,Indicator,R,1,1\n",
            ),
            "iMeta: row 2, column Parent: the framework has a cycle: R -> S -> R",
        ),
        (
            error(good, "iCode,Type,Parent,Direction,Weight\nR,Aggregate,,1,1\na,Indicator,R,1,0\n"),
            "iMeta: row 3, column Weight: indicator \"a\" has weight 0; weights must be finite and above zero",
        ),
        (
            error(good, "iCode,Type,Parent,Direction,Weight\nR,Aggregate,,1,1\na,Indicator,R,1,-2\n"),
            "iMeta: row 3, column Weight: indicator \"a\" has weight -2; weights must be finite and above zero",
        ),
        (
            error(good, "iCode,Type,Parent,Direction,Weight\nR,Aggregate,,1,1\na,Indicator,Q,1,1\n"),
            "iMeta: row 3, column Parent: indicator \"a\" has parent \"Q\", which is not in the framework",
        ),
        (
            error(good, "iCode,Type,Parent,Direction,Weight\nR,Aggregate,,1,1\na,Indicator,R,2,1\n"),
            "iMeta: row 3, column Direction: \"2\" is not one of 1, -1",
        ),
        (
            error(good, "iCode,Type,Parent,Direction,Weight\nR,Aggregate,,1,1\na,Sensor,R,1,1\n"),
            "iMeta: row 3, column Type: \"Sensor\" is not one of Indicator, Aggregate, Denominator, Group, Other",
        ),
        (
            error(
                good,
                "iCode,Type,Parent,Direction,Weight\nR,Aggregate,,1,1\na,Indicator,R,1,1\na,Indicator,R,1,1\n",
            ),
            "iMeta: row 4: indicator \"a\" is already in row 3",
        ),
        (
            error(
                good,
                "iCode,Type,Parent,Direction,Weight\nR,Aggregate,,1,1\nS,Aggregate,,1,1\na,Indicator,R,1,1\nb,Indicator,S,1,1\n",
            ),
            "iMeta: row 3, column Parent: the framework needs exactly one root, found 2: R, S",
        ),
        (
            error(
                good,
                "iCode,Type,Parent,Direction,Weight\nR,Aggregate,,1,1\nS,Aggregate,R,1,1\na,Indicator,R,1,1\n",
            ),
            "iMeta: row 3, column iCode: aggregate \"S\" has no children",
        ),
    ];
    for (got, want) in cases {
        assert_eq!(got, want);
    }
}

#[test]
fn gbk_taken_for_utf8_is_named_and_placed() {
    let mut bytes = b"uCode,a,b\nX,1,2\n".to_vec();
    bytes.extend([0xc4, 0xcf]); // a GBK pair in the first cell of row 3
    bytes.extend(b",1,2\n");
    let e = Inputs::from_csv(&bytes, META.as_bytes()).unwrap_err().to_string();
    assert_eq!(
        e,
        "iData: row 3, column 1: byte 16 is not UTF-8; it looks like GBK, convert it to UTF-8 first"
    );
    let bom = Inputs::from_csv(b"\xef\xbb\xbfuCode,a,b\nX,1,2\nY,2,1\n", META.as_bytes());
    assert!(bom.is_ok(), "a byte order mark is no error");
    let windows = Inputs::from_csv(b"uCode,a,b\r\nX,1,2\r\nY,2,1\r\n\r\n", META.as_bytes());
    assert!(windows.is_ok(), "line ends of Windows are none either, nor an empty last line");
}

#[test]
fn a_million_columns_are_refused_quickly() {
    let mut data = String::from("uCode");
    for k in 0..1_000_000 {
        data.push_str(&format!(",c{k}"));
    }
    data.push_str("\nX\n");
    let start = std::time::Instant::now();
    let e = error(&data, META);
    assert!(e.contains("row 1, column 20000: 1000001 columns, more than the limit of 20000"), "{e}");
    assert!(start.elapsed().as_secs() < 10);
}

#[test]
fn stages_that_cannot_go_on_name_the_unit_and_the_indicator() {
    let denominated = "iCode,Type,Parent,Direction,Weight,Denominator\nR,Aggregate,,1,1,\na,Indicator,R,1,1,pop\nb,Indicator,R,1,1,\npop,Denominator,,,,\n";
    assert_eq!(
        run_error("uCode,a,b,pop\nX,1,2,10\nY,3,4,0\n", denominated, ""),
        "iData: row 3, column pop: unit \"Y\", indicator \"a\": denominator \"pop\" is 0; it must be above zero"
    );
    assert_eq!(
        run_error("uCode,a,b\nX,1,\nY,3,\n", META, ""),
        "iData: rows 2 to 3, column b: indicator \"b\" has no value for any unit"
    );
    assert_eq!(
        run_error("uCode,a,b,pop\nX,1e300,2,1e-300\nY,3,4,1\n", denominated, ""),
        "iData: row 2, column a: unit \"X\", indicator \"a\": 1e300 divided by \"pop\", 1e-300, is infinite"
    );
    assert_eq!(
        run_error("uCode,a,b\nX,1,2\nY,3,4\n", META, "[aggregate]\nrule = { by = \"geometric\" }"),
        "iData: row 2: unit \"X\", \"R\": geometric mean needs values above zero, child \"a\" is 0"
    );
    assert_eq!(
        run_error("uCode,a,b\nX,1,2\nY,1,4\n", META, "[normalise]\nconstant = \"error\""),
        "iData: rows 2 to 3, column a: indicator \"a\" has the same value 1 for every unit; normalising needs a spread"
    );
    assert_eq!(
        run_error("uCode,a,b\nX,1,2\nY,-1,4\n", META, "[treat.transform]\na = { do = \"log\" }"),
        "iData: row 3, column a: unit \"Y\", indicator \"a\": Log of -1 is not a number"
    );
}

#[test]
fn constant_columns_are_noted_not_nan() {
    for data in ["uCode,a,b\nX,1,2\nY,1,4\n"] {
        for method in [
            "{ method = \"min-max\", from = 0, to = 100 }",
            "{ method = \"z-score\", mean = 50, sd = 10 }",
            "{ method = \"dist-to-max\" }",
            "{ method = \"rank\" }",
        ] {
            let (inputs, _) = Inputs::from_csv(data.as_bytes(), META.as_bytes()).unwrap();
            let r =
                run(&inputs, &Recipe::from_toml(&format!("[normalise]\nto = {method}")).unwrap()).unwrap();
            assert!(r.index().iter().all(|x| x.is_finite()));
            assert!(
                method.contains("rank")
                    || r.notes.iter().any(|n| n.subject == "a" && n.text.contains("same value 1 everywhere"))
            );
        }
    }
}

#[test]
fn recipes_with_mistakes_point_at_the_line() {
    let e = Recipe::from_toml("version = 1\n[treat]\nstepz = []\n").unwrap_err().to_string();
    assert!(e.contains("line 3") && e.contains("stepz"), "{e}");
    let e = Recipe::from_toml("version = 9\n").unwrap_err().to_string();
    assert_eq!(e, "version is 9; this engine reads version 1");
    let (inputs, _) = Inputs::from_csv(b"uCode,a,b\nX,1,2\nY,2,1\n", META.as_bytes()).unwrap();
    for (recipe, want) in [
        ("[weigh.set]\nzz = 1", "indicator \"zz\" is not known"),
        ("[aggregate.level]\n7 = { by = \"geometric\" }", "level \"7\" is not known"),
        ("[screen]\ndrop = [\"Q\"]", "unit \"Q\" is not known"),
        ("[impute]\nfill = { method = \"group-mean\", group = \"g\" }", "group \"g\" is not known"),
    ] {
        let e = run(&inputs, &Recipe::from_toml(recipe).unwrap()).unwrap_err().to_string();
        assert_eq!(e, want);
    }
}

#[test]
fn one_unit_alone_is_refused_unless_the_bounds_come_from_elsewhere() {
    let one = "uCode,a,b\nX,1,2\n";
    for recipe in ["", "[normalise]\nto = { method = \"z-score\", mean = 50, sd = 10 }"] {
        assert_eq!(
            run_error(one, META, recipe),
            "iData: row 2, column uCode: there is only one unit, \"X\", and this recipe compares units; \
             give goalposts or fixed bounds to score it alone"
        );
    }
    let left = "uCode,a,b\nX,1,\nY,3,4\n";
    assert!(
        run_error(left, META, "[screen]\nby = \"missing\"\nmin-available = 0.9")
            .starts_with("iData: row 3, column uCode: there is only one unit, \"Y\"")
    );
    let (inputs, _) = Inputs::from_csv(one.as_bytes(), META.as_bytes()).unwrap();
    let alone = Recipe::from_toml("[bound]\nby = { method = \"fixed\", lower = 0, upper = 4 }").unwrap();
    assert_eq!(run(&inputs, &alone).unwrap().index(), [37.5]);
}
