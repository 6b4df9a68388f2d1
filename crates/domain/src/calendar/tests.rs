//! Laws of calendars; the examples a clerk can check are in `crates/domain/tests/deadlines.csv`.

use jiff::civil::date;
use proptest::prelude::*;

use super::*;

/// Monday to Friday in two shifts, a summer season, Spring Festival 2026 with its make-up Saturdays.
fn office(zone: &str) -> Calendar {
    let plan = r#"{
        "code": "office", "name": "office", "zone": "ZONE",
        "week": { "mon": ["08:30-12:00", "13:30-17:30"], "tue": ["08:30-12:00", "13:30-17:30"], "wed": ["08:30-12:00", "13:30-17:30"],
                  "thu": ["08:30-12:00", "13:30-17:30"], "fri": ["08:30-12:00", "13:30-17:30"] },
        "seasons": [{ "first": "06-01", "last": "08-31", "week": { "mon": ["07:30-12:00"], "sun": ["20:00-24:00"] } }],
        "exceptions": { "2026-02-14": { "make_up": "mon" }, "2026-02-16": "holiday", "2026-02-17": "holiday",
                        "2026-02-18": "holiday", "2026-02-19": "holiday", "2026-02-20": "holiday", "2026-02-23": "holiday" }
    }"#;
    serde_json::from_str(&plan.replace("ZONE", zone)).unwrap()
}

/// Works through every night, where clocks jump at two in the morning.
fn night_in_a_summer_time_zone() -> Calendar {
    let night = vec![Shift::new(0, 360).unwrap(), Shift::new(1320, 1440).unwrap()];
    let [mon, tue, wed, thu, fri, sat, sun] = std::array::from_fn(|_| night.clone());
    let week = Week { mon, tue, wed, thu, fri, sat, sun };
    let (code, name, zone) = ("night".into(), "night".into(), "Europe/Berlin".into());
    Calendar::new(CalendarPlan { code, name, zone, week, seasons: vec![], exceptions: [].into() }).unwrap()
}

fn any_calendar() -> impl Strategy<Value = Calendar> {
    prop_oneof![
        Just(office("Asia/Shanghai")),
        Just(office("Europe/Berlin")),
        Just(office("America/St_Johns")),
        Just(night_in_a_summer_time_zone())
    ]
}

/// An instant of the years 2025 to 2027, in or around the holidays half of the time.
fn any_instant() -> impl Strategy<Value = Timestamp> {
    let at = |s| Timestamp::from_second(s).unwrap();
    prop_oneof![
        (1_736_000_000_i64..1_830_297_600).prop_map(at),
        (1_770_900_000_i64..1_772_200_000).prop_map(at)
    ]
}

fn any_span() -> impl Strategy<Value = Span> {
    prop_oneof![
        (1..20_000_u32).prop_map(Span::UrgentMinutes),
        (1..20_000_u32).prop_map(Span::WorkMinutes),
        (1..200_u32).prop_map(Span::WorkDays),
        (1..200_u32).prop_map(Span::NaturalDays),
    ]
}

fn any_kind() -> impl Strategy<Value = SpanKind> {
    prop::sample::select(vec![
        SpanKind::Urgent,
        SpanKind::WorkHours,
        SpanKind::WorkDays,
        SpanKind::NaturalDays,
    ])
}

proptest! {
    #[test]
    fn more_time_never_ends_earlier(calendar in any_calendar(), from in any_instant(), span in any_span()) {
        let more = span.with_amount(span.amount() + 1);
        prop_assert!(from < calendar.deadline(from, span));
        prop_assert!(calendar.deadline(from, span) < calendar.deadline(from, more));
    }

    #[test]
    fn a_later_start_never_ends_earlier(calendar in any_calendar(), a in any_instant(), b in any_instant(), span in any_span()) {
        prop_assert!(calendar.deadline(a.min(b), span) <= calendar.deadline(a.max(b), span));
    }

    #[test]
    fn work_until_the_deadline_is_the_span_and_a_second_less_is_not(
        calendar in any_calendar(), from in any_instant(), minutes in 1..20_000_u32,
    ) {
        let due = calendar.deadline(from, Span::WorkMinutes(minutes));
        prop_assert_eq!(calendar.work_between_s(from, due), i64::from(minutes) * 60);
        let before = Timestamp::from_second(due.as_second() - 1).unwrap();
        prop_assert!(calendar.work_between_s(from, before) < i64::from(minutes) * 60);
    }

    #[test]
    fn a_work_day_deadline_is_a_closing_after_exactly_n_work_days(
        calendar in any_calendar(), from in any_instant(), n in 1..200_u32,
    ) {
        let due = calendar.deadline(from, Span::WorkDays(n));
        let last = Timestamp::from_second(due.as_second() - 1).unwrap();
        prop_assert!(calendar.is_open_at(last) && calendar.date_of(last) > calendar.date_of(from));
        let days = std::iter::successors(calendar.date_of(from).tomorrow().ok(), |d| d.tomorrow().ok());
        let work_days = days.take_while(|d| *d <= calendar.date_of(last)).filter(|d| calendar.is_work_day(*d)).count();
        prop_assert_eq!(work_days, n as usize);
    }

    #[test]
    fn counted_time_adds_up(calendar in any_calendar(), a in any_instant(), b in any_instant(), c in any_instant(), kind in any_kind()) {
        let all = calendar.counted_s(a, c, kind);
        prop_assert_eq!(calendar.counted_s(a, b, kind) + calendar.counted_s(b, c, kind), all);
        prop_assert_eq!(calendar.counted_s(c, a, kind), -all);
    }

    #[test]
    fn an_empty_pause_changes_nothing(calendar in any_calendar(), due in any_instant(), at in any_instant(), kind in any_kind()) {
        prop_assert_eq!(calendar.resume(due, kind, at, at), due);
    }

    #[test]
    fn a_pause_leaves_as_much_time_as_there_was(
        calendar in any_calendar(), from in any_instant(), span in any_span(), share in 0..100_u8, pause_min in 0..100_000_u32,
    ) {
        let due = calendar.deadline(from, span);
        let stop = calendar.at_share(from, due, span.kind(), share);
        prop_assume!(stop < due);
        let go = calendar.deadline(stop, Span::UrgentMinutes(pause_min));
        let later = calendar.resume(due, span.kind(), stop, go);
        prop_assert!(later >= due);
        prop_assert_eq!(calendar.remaining_s(go, later, span.kind()), calendar.remaining_s(stop, due, span.kind()));
    }

    #[test]
    fn two_pauses_cost_as_much_as_one_as_long(
        calendar in any_calendar(), due in any_instant(), kind in any_kind(), mut at in prop::array::uniform3(any_instant()),
    ) {
        at.sort();
        prop_assume!(at[1] < due);
        let twice = calendar.resume(calendar.resume(due, kind, at[0], at[1]), kind, at[1], at[2]);
        prop_assert_eq!(twice, calendar.resume(due, kind, at[0], at[2]));
    }

    #[test]
    fn shares_of_a_clock_come_in_order_between_its_ends(
        calendar in any_calendar(), from in any_instant(), span in any_span(), a in 0..=100_u8, b in 0..=100_u8,
    ) {
        let due = calendar.deadline(from, span);
        let at = |pct| calendar.at_share(from, due, span.kind(), pct);
        prop_assert!(from <= at(a.min(b)) && at(a.min(b)) <= at(a.max(b)) && at(a.max(b)) <= due);
        let all = calendar.counted_s(from, due, span.kind());
        let used = calendar.counted_s(from, at(a), span.kind());
        prop_assert!(used * 100 >= all * i64::from(a) && (used - 1) * 100 < all * i64::from(a).max(1), "{used} of {all} s at {a} %");
    }

    #[test]
    fn the_compiled_table_answers_as_a_walk_day_by_day(
        calendar in any_calendar(), from in any_instant(), to in any_instant(), n in 1..100_u32, work_s in 1..500_000_i64,
    ) {
        let (a, b) = (second(from.min(to)), second(from.max(to)));
        let (table, walk) = (&calendar.table, calendar.walk());
        prop_assert_eq!(table.worked_until(b).unwrap() - table.worked_until(a).unwrap(), walk.work_between(a, b));
        prop_assert_eq!(table.instant_of(table.worked_until(a).unwrap() + work_s), Some(walk.after_work(a, work_s)));
        prop_assert_eq!(table.close_of_work_day(a, n), Some(walk.close_of_work_day(a, n)));
        prop_assert_eq!(table.end_of_day(a, n), Some(walk.end_of_day(a, n)));
    }
}

#[test]
fn far_from_the_announced_years_the_week_pattern_answers() {
    let calendar = office("Asia/Shanghai");
    for year in [1850, 1969, 2500] {
        let from = calendar.zone().to_timestamp(date(year, 3, 1).at(12, 0, 0, 0)).unwrap();
        let due = calendar.deadline(from, Span::WorkMinutes(600));
        assert_eq!(calendar.work_between_s(from, due), 36_000, "{year}");
        assert!(!calendar.covers(calendar.date_of(due)));
    }
    let last = calendar.deadline(Timestamp::MAX, Span::WorkDays(3));
    assert_eq!(last.as_second(), Timestamp::MAX.as_second());
}

#[test]
fn a_shift_in_which_the_clock_jumps_counts_as_long_as_it_lasts() {
    let night = night_in_a_summer_time_zone();
    let at = |d: Date, h| night.zone().to_timestamp(d.at(h, 0, 0, 0)).unwrap();
    assert_eq!(night.work_between_s(at(date(2026, 3, 29), 0), at(date(2026, 3, 29), 6)), 5 * 3600);
    assert_eq!(night.work_between_s(at(date(2026, 10, 25), 0), at(date(2026, 10, 25), 6)), 7 * 3600);
}

#[test]
fn a_fraction_of_a_second_is_dropped() {
    let calendar = office("Asia/Shanghai");
    let from: Timestamp = "2026-03-03T01:00:00.999Z".parse().unwrap();
    assert_eq!(calendar.deadline(from, Span::UrgentMinutes(30)), "2026-03-03T01:30:00Z".parse().unwrap());
}

#[test]
fn a_calendar_is_readable_data_and_comes_back_equal() {
    let calendar = office("Asia/Shanghai");
    let text = serde_json::to_string(&calendar).unwrap();
    assert!(
        text.contains(r#""mon":["08:30-12:00","13:30-17:30"]"#) && text.contains(r#""2026-02-16":"holiday""#),
        "{text}"
    );
    assert_eq!(serde_json::from_str::<Calendar>(&text).unwrap(), calendar);
}

#[test]
fn a_wrong_plan_is_told_everything_that_is_wrong_with_it() {
    let mut plan = CalendarPlan::from(office("Asia/Shanghai"));
    plan.zone = "Asia/Nowhere".into();
    plan.week.tue = vec![Shift::new(600, 720).unwrap(), Shift::new(540, 660).unwrap()];
    plan.seasons.push(plan.seasons[0].clone());
    plan.seasons[1].week = Week::default();
    plan.exceptions.insert(date(2026, 2, 28), Exception::MakeUp(LikeWeekday::Sat));
    let faults = Calendar::new(plan).unwrap_err().to_string();
    let expected = "\
calendar `office`: time zone `Asia/Nowhere` is unknown; write an IANA name such as Asia/Shanghai
calendar `office`: the week, Tuesday: 09:00-11:00 begins before 10:00-12:00 ends; order the shifts and keep them apart
calendar `office`: season 06-01 has no working hours at all; give at least one weekday a shift
calendar `office`: 06-01 lies in the seasons beginning 06-01 and 06-01; shorten one of them
calendar `office`: make-up day 2026-02-28 copies a weekday without hours; name one with hours, e.g. mon";
    assert_eq!(faults, expected);
}

#[test]
fn a_shift_ends_after_it_begins_and_not_after_midnight() {
    for text in
        ["12:00-08:00", "08:30-08:30", "08:30-24:01", "8:30-12:00", "08:60-12:00", "08:30", "08:30–12:00"]
    {
        assert!(text.parse::<Shift>().is_err(), "{text}");
    }
    assert_eq!("22:00-24:00".parse::<Shift>().unwrap().to_string(), "22:00-24:00");
}

#[test]
fn an_area_keeps_the_calendar_of_the_nearest_area_above_it_that_has_one() {
    use crate::id::AreaId;
    let (ours, theirs) = (office("Asia/Shanghai"), night_in_a_summer_time_zone());
    let book = CalendarBook::new(ours.into()).with(AreaId(2), theirs.into());
    assert_eq!(book.of(&[AreaId(1), AreaId(3)]).plan().code, "office");
    assert_eq!(book.of(&[AreaId(1), AreaId(2), AreaId(4)]).plan().code, "night");
}
