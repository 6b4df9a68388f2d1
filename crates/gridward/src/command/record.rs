//! `export log` and `verify`: the record as lines of JSON, and whether it holds, live or from such a file.
//!
//! A line is one entry: stream (a case where none is said), id, version, act id, time in milliseconds, who and what as the canonical JSON text that
//! was hashed, and the hash. Cases follow each other by id, entries by version, then the other streams likewise. Then come
//! the deeds, by number. The last line counts cases, entries and deeds, so that a file cut short is noticed.

use super::Here;
use crate::cli::{Export, Verify};
use crate::out::{End, Failed, bar, because, give, give_json, plain, say};
use app::verify::{Verified, verify as verify_live, verify_log};
use domain::audit::{Broken, Entry, Hash, How};
use domain::deed::{self, Recorded};
use domain::id::{ActId, AreaId, DeedId};
use domain::stream::{Stream, StreamId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use store::log;
use uuid::Uuid;

const PAGE: u32 = 500;

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    Entry {
        #[serde(default, skip_serializing_if = "is_case")] // files of older programs know cases alone
        stream: Stream,
        #[serde(alias = "case")]
        id: Uuid,
        version: u32,
        act_id: ActId,
        at_ms: i64,
        by: String,
        act: String,
        hash: String,
    },
    Deed {
        number: u64,
        deed_id: DeedId,
        at_ms: i64,
        area: Option<AreaId>,
        about: String,
        by: String,
        deed: String,
        hash: String,
    },
    End {
        end: bool,
        n_cases: u64,
        n_entries: u64,
        #[serde(default)] // files of older programs have none
        n_deeds: u64,
        #[serde(default)]
        n_others: u64,
    },
}

pub async fn export(here: &Here, export: Export) -> Result<End, Failed> {
    let Export::Log { db } = export;
    let store = here.found(&db).await?;
    let mut to = BufWriter::new(std::io::stdout().lock());
    let (mut n_cases, mut n_others, mut n_entries) = (0, 0, 0);
    let cannot_read = |fault| because("cannot read the log", fault);
    for (kind, _) in log::ROWS {
        let mut after = Uuid::nil();
        loop {
            let heads = log::heads(&store, *kind, after, PAGE).await.map_err(cannot_read)?;
            let Some(last) = heads.last() else { break };
            for entry in log::between(&store, *kind, after, last.stream.id).await.map_err(cannot_read)? {
                n_entries += 1;
                write(&mut to, &line_of(entry))?;
            }
            *(if *kind == Stream::Case { &mut n_cases } else { &mut n_others }) += heads.len() as u64;
            after = last.stream.id;
        }
    }
    let mut n_deeds = 0;
    loop {
        let page = store::deed::page(&store, n_deeds, PAGE).await.map_err(cannot_read)?;
        let Some(last) = page.last().map(|deed| deed.number) else { break };
        page.into_iter().try_for_each(|deed| write(&mut to, &deed_line(deed)))?;
        n_deeds = last;
    }
    write(&mut to, &Line::End { end: true, n_cases, n_entries, n_deeds, n_others })?;
    to.flush().map_err(|error| because("cannot write the log", error))?;
    say(&format!("{n_entries} entries of {n_cases} cases and {n_others} other things, {n_deeds} deeds"));
    drop(to);
    store.close().await;
    Ok(End::Done)
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde asks
fn is_case(stream: &Stream) -> bool {
    *stream == Stream::Case
}

fn write(to: &mut impl Write, line: &Line) -> Result<(), Failed> {
    let text = serde_json::to_string(line).expect("a line is plain data");
    writeln!(to, "{text}").map_err(|error| because("cannot write the log", error))
}

fn line_of(entry: Entry) -> Line {
    Line::Entry {
        stream: entry.stream.stream,
        id: entry.stream.id,
        version: entry.version,
        act_id: entry.act_id,
        at_ms: entry.at.as_millisecond(),
        by: entry.by,
        act: entry.act,
        hash: entry.hash.to_string(),
    }
}

fn deed_line(it: Recorded) -> Line {
    Line::Deed {
        number: it.number,
        deed_id: it.id,
        at_ms: it.at.as_millisecond(),
        area: it.area,
        about: it.about,
        by: it.by,
        deed: it.deed,
        hash: it.hash.to_string(),
    }
}

pub async fn verify(here: &Here, verify: Verify) -> Result<End, Failed> {
    let found = if let Some(file) = &verify.file {
        verify_file(file)?
    } else {
        let app = here.found_app(&verify.db).await?;
        let bar = bar("cases");
        let found = verify_live(&app, |done| bar.set_position(done)).await;
        bar.finish_and_clear();
        let mut other = Vec::new();
        for told in &verify.seal {
            other.extend(seal_differs(&app, told).await?);
        }
        app.store.close().await;
        Found { verified: found.map_err(|error| because("cannot verify", error))?, other }
    };
    let holds = found.verified.holds() && found.other.is_empty();
    if verify.json {
        let (broken, other) = (&found.verified.broken, &found.other);
        let (n_cases, n_entries) = (found.verified.n_cases, found.verified.n_entries);
        give_json(&serde_json::json!({
            "ok": holds, "n_cases": n_cases, "n_others": found.verified.n_others, "n_entries": n_entries, "broken": broken, "file": other,
            "n_deeds": found.verified.n_deeds, "broken_deeds": found.verified.broken_deeds,
            "seals": found.verified.seals
        }))?;
    } else {
        found.verified.broken.iter().try_for_each(|broken| give(&broken.to_string()))?;
        found.verified.broken_deeds.iter().try_for_each(|broken| give(&broken.to_string()))?;
        found.verified.seals.broken.iter().try_for_each(|broken| give(&broken.to_string()))?;
        found.other.iter().try_for_each(|other| give(other))?;
        if let (Some(hash), seals) = (found.verified.seals.newest, &found.verified.seals) {
            give(&format!(
                "{} seals over {} entries and {} deeds; the newest is {}:{hash}",
                seals.n, seals.n_entries, seals.n_deeds, seals.n
            ))?;
        }
        let word = if holds { "every entry holds" } else { "the record does not hold" };
        let it = &found.verified;
        give(&format!(
            "{} entries of {} cases and {} other things, {} deeds: {word}",
            it.n_entries, it.n_cases, it.n_others, it.n_deeds
        ))?;
    }
    Ok(if holds { End::Done } else { End::Found })
}

struct Found {
    verified: Verified,
    /// What is wrong with the file itself, or differs from what was written down elsewhere.
    other: Vec<String>,
}

/// What is wrong with a seal, given as it was once told.
async fn seal_differs(app: &app::App, told: &str) -> Result<Option<String>, Failed> {
    let parts = told.split_once(':').and_then(|(number, hash)| Some((number.parse().ok()?, hash_of(hash)?)));
    let Some((number, hash)) = parts else {
        return Err(plain(format!("{told:?} is no seal: give NUMBER:HASH as the server's log has it")));
    };
    let now =
        app::seal::hash_of(app, number).await.map_err(|error| because("cannot read the seal", error))?;
    Ok(match now {
        Some(now) if now == hash => None,
        Some(now) => Some(format!("seal {number} is now {now}: the record was made anew")),
        None => Some(format!("seal {number} is not there: the record was cut short or made anew")),
    })
}

/// Checks an exported log by itself: chains, the law, lines that are missing.
fn verify_file(path: &Path) -> Result<Found, Failed> {
    let cannot_read = |error| because(format!("cannot read {}", path.display()), error);
    let file = BufReader::new(File::open(path).map_err(cannot_read)?);
    let mut found = Found { verified: Verified::default(), other: Vec::new() };
    let (mut log, mut end): (Vec<Entry>, Option<[u64; 4]>) = (Vec::new(), None);
    let mut deeds = deed::Head::default();
    let mut newest = StreamId::new(Stream::Case, Uuid::nil());
    for (bytes, number) in file.split(b'\n').zip(1_u64..) {
        let bytes = bytes.map_err(cannot_read)?;
        match serde_json::from_slice(&bytes) {
            Ok(Line::End { n_cases, n_entries, n_deeds, n_others, .. }) => {
                end = Some([n_cases, n_entries, n_deeds, n_others]);
            }
            Ok(line @ Line::Deed { .. }) => match deed_of(line) {
                Some(deed) => found.verified.take_deed(&mut deeds, &deed),
                None => found.other.push(unreadable(number)),
            },
            Ok(line) => {
                let Some(entry) = entry_of(line) else {
                    found.other.push(unreadable(number));
                    continue;
                };
                if log.first().is_some_and(|first| first.stream != entry.stream) {
                    finish(&mut found, &mut log);
                }
                if log.is_empty() && entry.stream <= newest {
                    found.verified.broken.push(Broken {
                        stream: entry.stream,
                        version: entry.version,
                        how: How::Reordered,
                    });
                }
                newest = newest.max(entry.stream);
                log.push(entry);
            }
            Err(error) => found.other.push(format!("line {number} is no entry: {error}")),
        }
    }
    finish(&mut found, &mut log);
    let it = &found.verified;
    let counted = [it.n_cases, it.n_entries, it.n_deeds, it.n_others];
    match end {
        None => found.other.push("the last line is missing: the file was cut short".to_owned()),
        Some(end) if end != counted => found.other.push(format!(
            "the last line counts {} entries of {} cases and {} other things, and {} deeds; lines were removed or added",
            end[1], end[0], end[3], end[2]
        )),
        Some(_) => {}
    }
    Ok(found)
}

fn finish(found: &mut Found, log: &mut Vec<Entry>) {
    let Some(stream) = log.first().map(|first| first.stream) else { return };
    let it = &mut found.verified;
    *(if stream.stream == Stream::Case { &mut it.n_cases } else { &mut it.n_others }) += 1;
    found.verified.n_entries += log.len() as u64;
    found.verified.broken.extend(verify_log(stream, log).err());
    log.clear();
}

fn unreadable(line: u64) -> String {
    format!("line {line}: its hash or time cannot be read")
}

fn deed_of(line: Line) -> Option<Recorded> {
    let Line::Deed { number, deed_id, at_ms, area, about, by, deed, hash } = line else { return None };
    let at = Timestamp::from_millisecond(at_ms).ok()?;
    Some(Recorded { number, id: deed_id, at, area, about, by, deed, hash: hash_of(&hash)? })
}

fn entry_of(line: Line) -> Option<Entry> {
    let Line::Entry { stream, id, version, act_id, at_ms, by, act, hash } = line else { return None };
    let at = Timestamp::from_millisecond(at_ms).ok()?;
    Some(Entry { stream: StreamId::new(stream, id), version, act_id, at, by, act, hash: hash_of(&hash)? })
}

fn hash_of(hex: &str) -> Option<Hash> {
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(Hash(bytes))
}
