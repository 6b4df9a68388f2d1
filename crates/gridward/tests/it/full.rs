//! A full disk is survivable: writing is refused with 503 and `Retry-After`, reading goes on, and when there is
//! space again the same server takes up where it was.

use super::http::Client;
use super::run::{Folder, gridward, json, skipped};
use super::server::Server;
use super::town;
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// A file system of a few megabytes; needs root.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: PathBuf) -> Option<SmallDisk> {
        std::fs::create_dir_all(&at).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=16m", "tmpfs"]).arg(&at);
        mount.output().is_ok_and(|done| done.status.success()).then_some(SmallDisk(at))
    }

    /// Takes all the space there is; the file to delete afterwards.
    fn fill(&self) -> PathBuf {
        let path = self.0.join("ballast");
        let mut file = std::fs::File::create(&path).unwrap();
        for size in [65_536, 512] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _left_for_the_next_start_of_the_machine = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Reports until the server says something else than 201; how many were taken, and what it said.
fn report_until_refused(client: &mut Client) -> (usize, super::http::Reply) {
    for n in 0..20_000 {
        let reply = client.post("/api/v1/cases", &[], &town::report(&"满".repeat(1_000), n)).unwrap();
        match reply.status {
            201 => {}
            429 => std::thread::sleep(Duration::from_millis(500)), // our own pace, not the disk
            _ => return (n as usize, reply),
        }
    }
    panic!("the disk takes everything");
}

#[test]
fn a_full_disk_refuses_writing_and_lets_reading_go_on_until_there_is_space_again() {
    let folder = Folder::new();
    let Some(disk) = SmallDisk::mount(folder.path("disk")) else {
        return skipped("a full disk needs a file system of its own, which only root may mount");
    };
    let url = format!("sqlite:{}/city.db", disk.0.display());
    let desk = town::build(&url, 1).desks.remove(0);
    let server = Server::start(&url, &folder.path("data"));
    let mut client = Client::new(server.address, &desk);
    let ballast = disk.fill();
    let (n_taken, refused) = report_until_refused(&mut client);
    assert_eq!((refused.status, &refused.json()["code"]), (503, &json!("full")), "{}", server.log());
    assert!(refused.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0));

    let list = client.get("/api/v1/cases?limit=1").unwrap();
    assert_eq!(list.status, 200, "reading goes on");
    assert_eq!(client.get("/health/live").unwrap().status, 200);
    let again = client.post("/api/v1/cases", &[], &town::report(&"满".repeat(1_000), 0)).unwrap();
    assert_eq!(again.status, 503, "it stays full");

    std::fs::remove_file(ballast).unwrap();
    let (freed, mut recovered) = (Instant::now(), false);
    while !recovered {
        assert!(freed.elapsed() < Duration::from_secs(10), "it does not recover: {}", server.log());
        recovered = client.post("/api/v1/cases", &[], &town::report("有空间了", 0)).unwrap().status == 201;
    }
    is_whole(&url, n_taken + 1);
    drop(server);
}

fn is_whole(url: &str, n_cases: usize) {
    let verified = json(&gridward(&["verify", "--db", url, "--json"]), 0);
    assert_eq!((&verified["ok"], &verified["n_cases"]), (&json!(true), &json!(n_cases)));
}

#[test]
fn a_picture_for_which_there_is_no_space_is_refused_and_leaves_nothing_behind() {
    let folder = Folder::new();
    let Some(disk) = SmallDisk::mount(folder.path("disk")) else {
        return skipped("a full disk needs a file system of its own, which only root may mount");
    };
    let url = format!("sqlite:{}", folder.path("city.db").display());
    let desk = town::build(&url, 1).desks.remove(0);
    let server = Server::start(&url, &disk.0.join("data"));
    let mut client = Client::new(server.address, &desk);
    let paper = [b"%PDF-1.4\n".as_slice(), &vec![b' '; 200_000], b"\n%%EOF\n"].concat();
    let send = |client: &mut Client| {
        client.send("POST", "/api/v1/attachments?name=a.pdf", &[("Content-Type", "application/pdf")], &paper)
    };
    let ballast = disk.fill();
    let refused = send(&mut client).unwrap_or_else(|error| panic!("{error}: {}", server.log()));
    assert_eq!((refused.status, &refused.json()["code"]), (503, &json!("full")), "{}", refused.json());
    assert!(refused.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0));
    std::fs::remove_file(ballast).unwrap();
    assert_eq!(n_files(&disk.0.join("data/files")), 0, "a half-written file is gone");
    let taken = send(&mut Client::new(server.address, &desk)).unwrap();
    assert_eq!(taken.status, 201, "{}", taken.json());
    drop(server);
}

fn n_files(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let count = |path: PathBuf| if path.is_dir() { n_files(&path) } else { 1 };
    entries.map(|entry| count(entry.unwrap().path())).sum()
}
