//! What a dictionary promises. The bundled dictionaries are read in `crates/domain/tests/bundle.rs`.

use super::*;

fn row(code: &str) -> ClassRow {
    let text = |t: &str| t.to_owned();
    ClassRow {
        code: text(code),
        major: text("06"),
        major_zh: text("市容环境"),
        major_en: text("Streets and surroundings"),
        zh: text("暴露垃圾"),
        en: text("Exposed rubbish"),
        service_code: format!("rubbish-{code}"),
        urgency: text("ordinary"),
        verify: text("30m"),
        file: text("30m"),
        dispatch: text("1wh"),
        accept: text("2wh"),
        handle: text("1wd"),
        check: text("4wh"),
        answer: text("1wd"),
        confirm: text("3d"),
        after_photos: 1,
        filing_zh: text("看得见"),
        filing_en: text("can be seen"),
        closing_zh: text("已清运"),
        closing_en: text("was taken away"),
        ..ClassRow::default()
    }
}

#[test]
fn a_class_is_found_by_its_code_and_by_its_service_code() {
    let dictionary = Dictionary::new(3, &[row("06010"), row("06011")]).unwrap();
    let class = dictionary.get(&ClassCode("06011".into())).unwrap();
    assert_eq!(class.clocks.of(Stage::Handle), Span::WorkDays(1));
    assert_eq!(dictionary.by_service_code("rubbish-06011"), Some(class));
    assert_eq!(dictionary.get(&ClassCode("06012".into())), None);
    assert_eq!((dictionary.version(), dictionary.majors().len()), (3, 1));
}

#[test]
fn a_retired_class_can_be_read_and_takes_no_new_cases() {
    let retired = ClassRow { retired: true, ..row("06011") };
    let dictionary = Dictionary::new(1, &[row("06010"), retired]).unwrap();
    assert!(dictionary.get(&ClassCode("06011".into())).is_some());
    assert_eq!(dictionary.open_classes().count(), 1);
}

#[test]
fn every_fault_of_every_row_is_told_with_the_fix() {
    let rows = [
        row("06010"),
        ClassRow { handle: "3 days".into(), check: "0h".into(), ..row("06011") },
        ClassRow { major_en: "Streets".into(), ..row("07001") },
        ClassRow { urgency: "high".into(), en: " ".into(), ..row("06010") },
        ClassRow { service_code: "rubbish-06010".into(), ..row("井盖") },
    ];
    let expected = "\
row 2: class 06011, clock `handle`: `3 days` is not a span of time: write a whole number and one of m, h, wm, wh, wd, d, e.g. 2h or 5wd
row 2: class 06011, clock `check`: `0h` is out of range: a span is at least 1 and at most ten years
row 3: class 07001 does not begin with its major `06`; correct one of them
row 4: class 06010 has no `en`; both languages are shown, so both are needed
row 4: class 06010: urgency `high` is unknown; write ordinary, urgent or emergency
row 5: code `井盖` cannot be used; write 1 to 16 ASCII letters or digits
row 3: major `06` has another name than in row 1; give it one name
row 4: code `06010` is already used in row 1; a code is never used twice
row 4: service_code `rubbish-06010` is already used in row 1; a code is never used twice
row 5: service_code `rubbish-06010` is already used in row 1; a code is never used twice";
    assert_eq!(Dictionary::new(1, &rows).unwrap_err().to_string(), expected);
}

#[test]
fn evidence_that_is_missing_is_named() {
    let asked = Evidence { before_photos: 0, after_photos: 2, document: true };
    assert_eq!(asked.missing(0, 1, 1), Evidence { before_photos: 0, after_photos: 1, document: false });
    assert_eq!(asked.missing(3, 2, 1), Evidence::default());
}
