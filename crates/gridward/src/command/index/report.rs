//! `index audit`: the report as a page and as Markdown.

use super::files::{self, Folder};
use super::words::Audit;
use crate::out::{End, Failed, give, give_json};

pub fn audit(it: &Audit) -> Result<End, Failed> {
    let read = files::read(&it.tables)?;
    let wrong = |wrong| files::at(&it.tables, wrong);
    let run = index::run(&read.inputs, &read.recipe).map_err(wrong)?;
    let study = match &it.study {
        Some(path) => Some(files::study(path)?.run(&read.inputs, &read.recipe, None).map_err(wrong)?),
        None => None,
    };
    let report = index::audit::audit(&run, study.as_ref()).map_err(wrong)?;
    let mut folder = Folder::make(&it.out)?;
    folder.write("audit.html", &report.to_html())?;
    folder.write("audit.md", &report.to_markdown())?;
    if it.json {
        let sections: Vec<_> = report
            .sections
            .iter()
            .map(|s| {
                let (head, rows) = s.table.clone().unwrap_or_default();
                serde_json::json!({ "heading": s.heading, "finding": s.finding, "text": s.text, "columns": head, "rows": rows })
            })
            .collect();
        give_json(
            &serde_json::json!({ "title": report.title, "files": folder.written, "sections": sections }),
        )?;
    } else {
        for section in &report.sections {
            give(&format!("{}: {}", section.heading, section.finding))?;
        }
    }
    Ok(End::Done)
}
