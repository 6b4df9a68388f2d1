//! The index on paper: the ranking's workbook, the brief, and the table that a department fills in.

use sheet::{Limits, read};
use store::testing::on_both;

use crate::editions::{EDITIONS, published};
use crate::hall::hall;

const TEMPLATE: &str = "/api/v1/index/template?month=2026-01&department=roads.3799";

#[tokio::test]
async fn the_ranking_is_a_workbook_with_a_sheet_for_each_dimension() {
    on_both(async |store| {
        let hall = hall(store).await;
        let id = published(&hall).await;
        let got = hall.get("worker", &format!("{EDITIONS}/{id}/ranking.xlsx")).await;
        assert_eq!(got.status, 200, "{}", got.json);
        assert_eq!(got.header("content-disposition"), "attachment; filename=\"ranking-2026-01.0.xlsx\"");
        let sheets = read(&got.bytes, &Limits::default()).unwrap();
        let names: Vec<_> = sheets.iter().map(sheet::Sheet::name).collect();
        assert_eq!(names, ["排名表", "A", "短板", "说明"]);
        let title = sheets[0].cell(0, 0).text();
        assert!(title.contains("2026年1月") && !title.contains("草稿"), "{title}");
        let again = hall.get("worker", &format!("{EDITIONS}/latest/ranking.xlsx?lang=zh")).await;
        assert_eq!(again.bytes, got.bytes, "the same edition is the same file");
        let english = hall.get("worker", &format!("{EDITIONS}/latest/ranking.xlsx?lang=en")).await;
        assert_eq!(read(&english.bytes, &Limits::default()).unwrap()[0].name(), "Ranking");
        let wrong = hall.get("worker", &format!("{EDITIONS}/latest/ranking.xlsx?lang=fr")).await;
        assert_eq!(wrong.status, 422);
    })
    .await;
}

#[tokio::test]
async fn the_brief_is_a_page_that_loads_nothing() {
    on_both(async |store| {
        let hall = hall(store).await;
        let id = published(&hall).await;
        let got = hall.get("worker", &format!("{EDITIONS}/{id}/brief")).await;
        assert_eq!((got.status, got.header("content-type")), (200, "text/html; charset=utf-8"));
        assert!(got.header("content-security-policy").starts_with("default-src 'none'; style-src 'sha256-"));
        let page = String::from_utf8(got.bytes.to_vec()).unwrap();
        assert!(page.contains("2026年1月") && page.contains("数据从哪里来"));
        let ranking = hall.get("worker", &format!("{EDITIONS}/{id}/ranking")).await;
        let code = ranking.json["items"][0]["area"].as_str().unwrap().to_owned();
        let one = hall.get("worker", &format!("{EDITIONS}/{id}/brief?lang=en&county={code}")).await;
        assert!(String::from_utf8(one.bytes.to_vec()).unwrap().contains("<html lang=\"en\">"));
        let none = hall.get("worker", &format!("{EDITIONS}/{id}/brief?county=999999")).await;
        assert_eq!(none.status, 404);
    })
    .await;
}

#[tokio::test]
async fn a_template_holds_what_is_signed_and_is_for_those_who_see_the_department() {
    on_both(async |store| {
        let hall = hall(store).await;
        published(&hall).await;
        let got = hall.get("analyst", TEMPLATE).await;
        assert_eq!(got.status, 200, "{}", got.json);
        assert_eq!(
            got.header("content-disposition"),
            "attachment; filename=\"figures-roads.3799-2026-01.xlsx\""
        );
        let sheets = read(&got.bytes, &Limits::default()).unwrap();
        assert_eq!((sheets[0].name(), sheets[1].name()), ("数据", "指标说明"));
        assert_eq!(sheets[0].height(), 3 + 3 * 2, "two lines, the header, and three figures of two counties");
        assert!(sheets[0].cell(1, 0).text().contains("2026年2月10日"), "{}", sheets[0].cell(1, 0).text());
        let row = (3..9).find(|row| sheets[0].cell(*row, 0).text() == "population").unwrap();
        assert_eq!(sheets[0].cell(row, 7).text(), "300000");
        let csv = hall.get("analyst", &format!("{TEMPLATE}&format=csv&lang=en")).await;
        let text = String::from_utf8(csv.bytes.to_vec()).unwrap();
        assert!(
            text.starts_with('\u{feff}') && text.contains("Indicator code,Indicator name,Unit"),
            "{text}"
        );
        assert_eq!(hall.get("worker", TEMPLATE).await.status, 404);
        let none = hall.get("analyst", &TEMPLATE.replace("roads.3799", "water.379901")).await;
        assert_eq!(none.status, 404, "a county's unit hands in nothing");
    })
    .await;
}
