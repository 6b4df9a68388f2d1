//! The report as Markdown: findings, then paragraphs and tables; no plots.

use super::Report;

impl Report {
    /// As Markdown.
    pub fn to_markdown(&self) -> String {
        let mut out = format!("# {}\n\n", self.title);
        for s in &self.sections {
            out.push_str(&format!("- **{}**: {}\n", s.heading, s.finding));
        }
        let cell = |c: &String| c.replace('|', "\\|").replace('\n', " ");
        for s in &self.sections {
            out.push_str(&format!("\n## {}\n", s.heading));
            for t in &s.text {
                out.push_str(&format!("\n{t}\n"));
            }
            if let Some((header, rows)) = s.table.as_ref().filter(|t| !t.1.is_empty()) {
                out.push_str(&format!("\n| {} |\n|{}\n", header.join(" | "), "---|".repeat(header.len())));
                for r in rows {
                    out.push_str(&format!("| {} |\n", r.iter().map(cell).collect::<Vec<_>>().join(" | ")));
                }
            }
        }
        out
    }
}
