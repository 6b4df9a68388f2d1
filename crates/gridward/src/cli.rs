//! The command line: words, options, examples, exit codes. What a command does is in `command`.

use clap::builder::TypedValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;
use std::net::IpAddr;
use std::path::PathBuf;

const EXIT_CODES: &str = "Exit codes: 0 done; 1 failed (the reason is on standard error); \
2 the command line makes no sense; 3 looked for something wrong and found it (check, verify, import --strict, areas plan, areas topology, assess verify, index recipe check).

Settings come from a TOML file (--config, else GRIDWARD_CONFIG) and from the environment, which wins: \
GRIDWARD_DATABASE_URL, GRIDWARD_DATA, GRIDWARD_LISTEN, GRIDWARD_PORT. `gridward check` explains every wrong one.";

/// A platform with which a city looks after its people.
#[derive(Debug, Parser)]
#[command(name = "gridward", version, after_help = EXIT_CODES, arg_required_else_help = true)]
pub struct Cli {
    /// Settings file (TOML).
    #[arg(long, global = true, env = "GRIDWARD_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Logs as one JSON object a line.
    #[arg(long, global = true)]
    pub log_json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve a city from its database.
    #[command(after_help = "Example:\n  gridward serve --db sqlite:/var/lib/gridward/city.db --port 8080")]
    Serve(Serve),
    /// Build, seed and serve the demo city.
    #[command(after_help = "Examples:\n  GRIDWARD_PORT=9000 gridward demo\n  gridward demo --live 30")]
    Demo(DemoArgs),
    /// Explain every setting that is wrong: its key, its value, how to mend it.
    #[command(after_help = "Example:\n  gridward check --config /etc/gridward.toml")]
    Check {
        /// One line of JSON instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Walk the whole record and name the first entry of each case that was altered, removed or reordered.
    #[command(after_help = "Examples:\n  gridward verify --db sqlite:/var/lib/gridward/gridward.db\n  \
        gridward verify --file log.jsonl --json")]
    Verify(Verify),
    /// Write out what is kept.
    #[command(subcommand)]
    Export(Export),
    /// Figures about what is kept.
    #[command(subcommand)]
    Stats(Stats),
    /// Bring in what a city already has.
    #[command(subcommand)]
    Import(Import),
    /// Change the areas from a day on, and check their outlines.
    #[command(subcommand)]
    Areas(Areas),
    /// The daily assessment: make the book of a day, make it again and compare, score a month anew.
    #[command(subcommand)]
    Assess(Assess),
    /// Composite indicators from two tables: scores, ranks, intervals, reasons. Needs no server and no database.
    #[command(subcommand)]
    Index(crate::command::index::Index),
    /// Accounts, for whoever runs the machine.
    #[command(subcommand)]
    Admin(Admin),
    /// The keys that what is personal is sealed with.
    #[command(subcommand)]
    Keys(Keys),
    /// Measure speed on this machine; each figure beside the raw one of the same run. See BENCHMARKS.md.
    #[command(
        after_help = "Examples:\n  gridward bench reports --json\n  gridward bench reports --db postgres://me@host/empty\n  \
        gridward bench list --cases 1000000 --db sqlite:big.db   # built once, used again"
    )]
    Bench(Bench),
}

/// Which database.
#[derive(Clone, Debug, Args)]
pub struct Db {
    /// sqlite:/path/file.db or postgres://user@host/database; created and migrated when new. Else the settings say.
    #[arg(long, value_name = "URL")]
    pub db: Option<String>,
}

/// `serve`; what is not said here, the settings say.
#[derive(Debug, Args)]
pub struct Serve {
    /// Which database.
    #[command(flatten)]
    pub db: Db,
    /// Folder for pictures and papers.
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
    /// Address to listen on.
    #[arg(long)]
    pub listen: Option<IpAddr>,
    /// Port to listen on.
    #[arg(long)]
    pub port: Option<u16>,
}

/// Where to listen.
#[derive(Args, Clone, Debug)]
pub struct Listen {
    /// Address to listen on.
    #[arg(long, env = "GRIDWARD_LISTEN", default_value = "127.0.0.1")]
    pub listen: IpAddr,
    /// Port to listen on.
    #[arg(long, env = "GRIDWARD_PORT", default_value_t = 8080)]
    pub port: u16,
}

/// `demo`.
#[derive(Args, Debug)]
pub struct DemoArgs {
    /// Folder of the demo city; it is made on the first start.
    #[arg(long, env = "GRIDWARD_DATA", default_value = "data/demo")]
    pub data: PathBuf,
    /// Password of the eight demo accounts; made up at the first start when absent.
    #[arg(long, env = "GRIDWARD_DEMO_PASSWORD", hide_env_values = true)]
    pub password: Option<String>,
    /// How many cases the two years have.
    #[arg(long, env = "GRIDWARD_DEMO_CASES", default_value_t = 200_000)]
    pub cases: usize,
    /// How many of the newest months have an edition of the safety index, at most 24.
    #[arg(long, env = "GRIDWARD_DEMO_EDITIONS", default_value_t = 24)]
    pub editions: usize,
    /// How many people the care register looks after.
    #[arg(long, env = "GRIDWARD_DEMO_CARE", default_value_t = 2_400)]
    pub care: usize,
    /// The same seed gives the same city.
    #[arg(long, default_value_t = 42)]
    pub seed: u64,
    /// The city goes on: so many reports and acts a minute [20 when no number is given].
    #[arg(long, value_name = "PER_MINUTE", num_args = 0..=1, default_missing_value = "20")]
    pub live: Option<f64>,
    /// Where to listen.
    #[command(flatten)]
    pub listen: Listen,
}

/// `verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// Which database.
    #[command(flatten)]
    pub db: Db,
    /// An exported log instead of a database; nothing else is needed to check it.
    #[arg(long, value_name = "FILE", conflicts_with = "db")]
    pub file: Option<PathBuf>,
    /// A seal as the server's log told it, NUMBER:HASH; the database must still have it so.
    #[arg(long, value_name = "NUMBER:HASH", conflicts_with = "file")]
    pub seal: Vec<String>,
    /// One line of JSON instead of text.
    #[arg(long)]
    pub json: bool,
}

/// `export`.
#[derive(Debug, Subcommand)]
pub enum Export {
    /// Every entry of every case as a line of JSON, on standard output.
    #[command(after_help = "Example:\n  gridward export log --db sqlite:city.db > log.jsonl")]
    Log {
        /// Which database.
        #[command(flatten)]
        db: Db,
    },
}

/// `stats`.
#[derive(Debug, Subcommand)]
pub enum Stats {
    /// How many cases were reported and closed, and how fast, by class and month.
    #[command(
        after_help = "Example:\n  gridward stats cases --db sqlite:city.db --from 2011-01-01 --to 2011-12-31 --json"
    )]
    Cases {
        /// Which database.
        #[command(flatten)]
        db: Db,
        /// First day of the report, in the city's zone.
        #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
        from: Option<Date>,
        /// Last day of the report, in the city's zone.
        #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
        to: Option<Date>,
        /// One line of JSON instead of a table.
        #[arg(long)]
        json: bool,
    },
}

/// `import`.
#[derive(Debug, Subcommand)]
pub enum Import {
    /// Areas: CSV with code,name_zh and, as far as known, parent,kind,name_en,pinyin; outlines as GeoJSON.
    #[command(
        after_help = "Examples:\n  gridward import areas areas.csv --outlines areas.geojson --db sqlite:city.db\n  \
        gridward import areas changes.csv --on 2027-01-01 --preview --db sqlite:city.db"
    )]
    Areas(ImportAreas),
    /// Units: CSV with code,zh,en,area,parent.
    #[command(after_help = "Example:\n  gridward import units units.csv --db sqlite:city.db")]
    Units(Plain),
    /// Classes of case: CSV whose columns are those of demo/classes.
    #[command(after_help = "Example:\n  gridward import classes classes.csv --db sqlite:city.db")]
    Classes(Plain),
    /// Cases of another system, replayed with their history; a second import changes nothing.
    #[command(
        after_help = "Example:\n  gridward import cases --mapping mapping.toml cases.csv.gz --db sqlite:city.db"
    )]
    Cases(ImportCases),
}

/// A file and a database.
#[derive(Debug, Args)]
pub struct Plain {
    /// The file, CSV in UTF-8; may be packed (.gz).
    pub file: PathBuf,
    /// Which database.
    #[command(flatten)]
    pub db: Db,
    /// One line of JSON instead of text.
    #[arg(long)]
    pub json: bool,
}

/// `areas`.
#[derive(Debug, Subcommand)]
pub enum Areas {
    /// What a file of changes would do, to whom, and what stands in the way. Saves nothing.
    #[command(
        after_help = "Example of a file:\n  {\"on\": \"2027-01-01\", \"note\": \"why\", \"changes\": [\n    \
        {\"change\": \"merge\", \"areas\": [\"990101001001001\", \"990101001001002\"],\n     \
        \"into\": {\"code\": \"990101001001009\", \"name_zh\": \"新网格\"}},\n    \
        {\"change\": \"rename\", \"area\": \"990101001\", \"name_zh\": \"新街道\"}]}\n\
        Changes: split (area, into [{area, children}]), merge (areas, into), move (area, to, code), rename (area, name_zh),\n\
        reshape (area, polygon), retire (area, successors), add (parent, area). polygon is a GeoJSON geometry.\n\
        Exit code 3 when something stands in the way.\n\n\
        Example:\n  gridward areas plan changes.json --db sqlite:city.db --json"
    )]
    Plan(AreasFile),
    /// Arrange a file of changes. One of today holds at once; a later one waits and can be cancelled until its day.
    #[command(after_help = "Example:\n  gridward areas save changes.json --crs gcj02 --db sqlite:city.db")]
    Save {
        /// The file, the database, the form of the report.
        #[command(flatten)]
        file: AreasFile,
        /// Id of the change (UUID): the same id with the same file is saved once.
        #[arg(long)]
        id: Option<uuid::Uuid>,
    },
    /// Changes past, arranged and cancelled, the latest day first; at most 200.
    #[command(after_help = "Example:\n  gridward areas list --db sqlite:city.db --json")]
    List {
        /// Which database.
        #[command(flatten)]
        db: Db,
        /// One line of JSON instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Take an arranged change back before its day.
    #[command(
        after_help = "Example:\n  gridward areas cancel 01990000-0000-7000-8000-000000000001 --db sqlite:city.db"
    )]
    Cancel {
        /// Id of the change, as `list` tells it.
        id: uuid::Uuid,
        /// Which database.
        #[command(flatten)]
        db: Db,
        /// One line of JSON instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Gaps, overlaps, areas outside their parent, outlines that cross themselves; exit code 3 when there are any.
    #[command(after_help = "Example:\n  gridward areas topology --under 990101 --db sqlite:city.db")]
    Topology {
        /// Code or id of an area: only what concerns it or something under it.
        #[arg(long, value_name = "AREA")]
        under: Option<String>,
        /// Pieces of ground up to this size are let pass, m².
        #[arg(long, default_value_t = app::area::topology::TOLERANCE_M2)]
        tolerance_m2: f64,
        /// Which database.
        #[command(flatten)]
        db: Db,
        /// One line of JSON instead of text.
        #[arg(long)]
        json: bool,
    },
}

/// `assess`.
#[derive(Debug, Subcommand)]
pub enum Assess {
    /// Make and keep the book of a day that is over, or of several; one that is kept already stays as it is.
    #[command(
        after_help = "Example:\n  gridward assess snapshot --day 2026-09-01 --to 2026-09-29 --db sqlite:city.db"
    )]
    Snapshot {
        /// The day, in the city's zone [default: yesterday].
        #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
        day: Option<Date>,
        /// The last of several days.
        #[arg(long, value_name = "YYYY-MM-DD", value_parser = day, requires = "day")]
        to: Option<Date>,
        /// Which database.
        #[command(flatten)]
        db: Db,
        /// One line of JSON a day instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Make kept days again of the same part of the log, and compare every byte; exit code 3 when one differs.
    #[command(after_help = "Example:\n  gridward assess verify --day 2026-09-29 --db sqlite:city.db")]
    Verify {
        /// The day, in the city's zone [default: yesterday].
        #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
        day: Option<Date>,
        /// The last of several days.
        #[arg(long, value_name = "YYYY-MM-DD", value_parser = day, requires = "day")]
        to: Option<Date>,
        /// Which database.
        #[command(flatten)]
        db: Db,
        /// One line of JSON a day instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Score all workers of a month anew from its books; exit code 3 when the lines of one do not sum to the total.
    #[command(after_help = "Example:\n  gridward assess rescore --month 2026-09 --db sqlite:city.db")]
    Rescore {
        /// The month [default: the last that is over].
        #[arg(long, value_name = "YYYY-MM")]
        month: Option<domain::month::Month>,
        /// Which database.
        #[command(flatten)]
        db: Db,
        /// One line of JSON instead of text.
        #[arg(long)]
        json: bool,
    },
}

/// A file of changes.
#[derive(Debug, Args)]
pub struct AreasFile {
    /// The file, JSON in UTF-8; may be packed (.gz).
    pub file: PathBuf,
    /// Coordinates of the outlines: wgs84, gcj02 or bd09.
    #[arg(long, default_value = "wgs84")]
    pub crs: String,
    /// Which database.
    #[command(flatten)]
    pub db: Db,
    /// One line of JSON instead of text.
    #[arg(long)]
    pub json: bool,
}

/// `import areas`.
#[derive(Debug, Args)]
pub struct ImportAreas {
    /// The file, the database, the form of the report.
    #[command(flatten)]
    pub plain: Plain,
    /// Outlines by code (GeoJSON).
    #[arg(long, value_name = "FILE")]
    pub outlines: Option<PathBuf>,
    /// Coordinates of the outlines: wgs84, gcj02 or bd09.
    #[arg(long, default_value = "wgs84")]
    pub crs: String,
    /// From which day on it is true [default: today].
    #[arg(long)]
    pub on: Option<Date>,
    /// Only say what would be done.
    #[arg(long)]
    pub preview: bool,
}

/// `import cases`.
#[derive(Debug, Args)]
pub struct ImportCases {
    /// What the columns of the file mean (TOML).
    #[arg(long, value_name = "FILE")]
    pub mapping: PathBuf,
    /// The file, the database, the form of the report.
    #[command(flatten)]
    pub plain: Plain,
    /// Where rejected rows go, each with line and reason [default: FILE's name + .rejected.csv in this folder].
    #[arg(long, value_name = "FILE")]
    pub rejected: Option<PathBuf>,
    /// Exit code 3 when a row was rejected.
    #[arg(long)]
    pub strict: bool,
}

/// `bench`.
#[derive(Debug, Args)]
pub struct Bench {
    /// What to measure.
    #[arg(value_enum, default_value_t = What::All)]
    pub what: What,
    /// Which database: an empty one is filled and kept, one with a city is used as it is. Else a temporary SQLite file.
    #[command(flatten)]
    pub db: Db,
    /// Cases of a city that is built for it.
    #[arg(long, default_value_t = 200_000)]
    pub cases: usize,
    /// Clients that report at once.
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..=4096).map(usize::from))]
    pub clients: usize,
    /// How long to measure each thing.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub seconds: u64,
    /// The file of complaints for `import`.
    #[arg(
        long,
        value_name = "FILE",
        default_value = "../shared/data/cases/chicago_sanitation_code_complaints_2010-2014.csv.gz"
    )]
    pub file: PathBuf,
    /// One line of JSON for each instead of text.
    #[arg(long)]
    pub json: bool,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum What {
    /// Durable reports over HTTP.
    Reports,
    /// Open tasks of a worker over HTTP.
    List,
    /// Points to grids, from memory.
    Lookup,
    /// The page of a case over HTTP.
    Page,
    /// The one-click query.
    Query,
    /// Suggestions of duplicates over HTTP.
    Duplicates,
    /// Memory of a server at rest.
    Idle,
    /// A day's book with its workbook, and every worker scored anew over all cases.
    Assess,
    /// An edition of the index: made, opened, explained, looked back from.
    Edition,
    /// Nine thousand phones that pull over HTTP.
    Phones,
    /// The days of every worker: which visits when, in walking order.
    Rounds,
    /// Replaying 74,401 foreign complaints.
    Import,
    /// All of these, one after the other.
    All,
}

impl What {
    /// Each thing by itself.
    pub const EACH: &[What] = &[
        What::Reports,
        What::List,
        What::Lookup,
        What::Page,
        What::Query,
        What::Duplicates,
        What::Idle,
        What::Assess,
        What::Edition,
        What::Rounds,
        What::Phones,
        What::Import,
    ];
}

/// A day as people type it.
fn day(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "write a day as 2026-11-01".to_owned())
}

/// `admin`.
#[derive(Debug, Subcommand)]
pub enum Admin {
    /// Open an account; prints a one-time link with which its person sets a password within 24 hours.
    #[command(
        after_help = "Example:\n  gridward admin create --account li --name 'Li' --role desk --area 1701 --db sqlite:city.db"
    )]
    Create {
        /// What they sign in with.
        #[arg(long)]
        account: String,
        /// As colleagues know them.
        #[arg(long)]
        name: String,
        /// worker, desk, handler, leader, analyst or admin.
        #[arg(long)]
        role: String,
        /// Code or id of the area they answer for.
        #[arg(long)]
        area: String,
        /// Code of the unit they work in.
        #[arg(long)]
        unit: Option<String>,
        /// Which database.
        #[command(flatten)]
        db: Db,
        /// One line of JSON instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Take a password away and print a one-time link for a new one.
    #[command(after_help = "Example:\n  gridward admin reset --account li --db sqlite:city.db")]
    Reset {
        /// Whose.
        #[arg(long)]
        account: String,
        /// Which database.
        #[command(flatten)]
        db: Db,
        /// One line of JSON instead of text.
        #[arg(long)]
        json: bool,
    },
}

/// `keys`.
#[derive(Clone, Debug, Subcommand)]
pub enum Keys {
    /// Put a new master key in front and wrap every record's key by it, while the city goes on; what was sealed stays as
    /// it is. Give the file to every node and start them again before the keys in it are wrapped: hence two steps.
    #[command(
        after_help = "Example:\n  gridward keys renew    # writes the new key; give the file to every node, start them again\n  \
        gridward keys rewrap   # wraps all by it, then forgets those before"
    )]
    Renew {
        /// Which database.
        #[command(flatten)]
        db: Db,
    },
    /// Wrap every record's key by the newest master key, then take those before it out of the file.
    Rewrap {
        /// Which database.
        #[command(flatten)]
        db: Db,
    },
    /// Say which master keys wrap how many records.
    Show {
        /// Which database.
        #[command(flatten)]
        db: Db,
        /// One line of JSON instead of text.
        #[arg(long)]
        json: bool,
    },
}
