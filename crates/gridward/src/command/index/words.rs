//! The words and examples of `gridward index`.

use crate::cli::Db;
use clap::{Args, Subcommand};
use std::path::PathBuf;

const RUN: &str = "Example:
  gridward index run --recipe R.toml --idata D.csv --imeta M.csv --out result

Writes one CSV per stage, key uCode (and Time in a panel): raw, denominated, imputed, screened, treated, normalised,
aggregated, results; beside them results_ranks, weights, bounds, treatment, notes, flags (where the recipe has vetoes)
and recipe.toml with every default.
Numbers have as many digits (17 at most) as give the same number back.";

const SENSITIVITY: &str = "Example:
  gridward index recipe init --study > S.toml
  gridward index sensitivity --recipe R.toml --study S.toml --idata D.csv --imeta M.csv --out study

Writes design.csv (every replicate), y.csv (mean absolute shift of ranks; empty where a replicate failed, with the
reason), indices.csv (S, ST, and Shapley where all combinations were run or the study says shapley = true) and
ranks.csv (intervals by unit).";

const AUDIT: &str = "Example:
  gridward index audit --recipe R.toml --idata D.csv --imeta M.csv --study S.toml --out audit

Writes audit.html (with plots) and audit.md, in the order of the JRC's statistical audits.";

const EXPLAIN: &str = "Examples:
  gridward index explain --unit AUT --recipe R.toml --idata D.csv --imeta M.csv
  gridward index explain --unit AUT --against DEU --up 3 --json --recipe R.toml --idata D.csv --imeta M.csv";

const PUBLISH: &str = "Example:
  gridward index publish --month 2026-09 --drafted-by analyst --published-by city

Two people are needed: nobody reviews or publishes what they drafted. After corrections the next revision is made.";

const REBUILD: &str = "Example:
  curl -o index.zip https://city.example/api/v1/index/editions/2026-09/archive
  gridward index rebuild index.zip --out files

Exit code 3 when a file is not the same. The folder then holds idata.csv, imeta.csv and recipe.toml for `index run`.";

const BACKCAST: &str = "Example:
  gridward index backcast --archive index.zip --framework new.csv > scores.csv

Writes the index of every area by month, all on the bounds of the last month.";

/// `index`.
#[derive(Debug, Subcommand)]
pub enum Index {
    /// Run a recipe over COINr's two tables and write every stage.
    #[command(after_help = RUN)]
    Run(Run),
    /// Vary the recipe, the weights or the data: how sure are the ranks, and which choice moves them?
    #[command(after_help = SENSITIVITY)]
    Sensitivity(Sensitivity),
    /// Write the statistical audit.
    #[command(after_help = AUDIT)]
    Audit(Audit),
    /// Why a unit stands where it stands: parts that sum exactly, and the cheapest way up.
    #[command(after_help = EXPLAIN)]
    Explain(Explain),
    /// Begin or check a recipe.
    #[command(subcommand)]
    Recipe(Recipe),
    /// Draft the edition of a month by one person, review and publish it by another.
    #[command(after_help = PUBLISH)]
    Publish(Publish),
    /// Make a published edition again from its archive and compare every byte; needs no database.
    #[command(after_help = REBUILD)]
    Rebuild(Rebuild),
    /// What past months would have been under another framework; needs no database.
    #[command(after_help = BACKCAST)]
    Backcast(Backcast),
}

/// `index publish`.
#[derive(Debug, Args)]
pub struct Publish {
    /// Which database.
    #[command(flatten)]
    pub db: Db,
    /// A month that is over, as 2026-09.
    #[arg(long, value_name = "MONTH")]
    pub month: String,
    /// Account of an analyst of the city.
    #[arg(long, value_name = "ACCOUNT")]
    pub drafted_by: String,
    /// Account of a leader of the city.
    #[arg(long, value_name = "ACCOUNT")]
    pub published_by: String,
    /// Why, for a revision.
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// One line of JSON instead of text.
    #[arg(long)]
    pub json: bool,
}

/// `index rebuild`.
#[derive(Debug, Args)]
pub struct Rebuild {
    /// The archive (zip).
    #[arg(value_name = "ARCHIVE")]
    pub archive: PathBuf,
    /// Also write its files into this folder.
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// One line of JSON instead of text.
    #[arg(long)]
    pub json: bool,
}

/// `index backcast`.
#[derive(Debug, Args)]
pub struct Backcast {
    /// The archive of an edition (zip): its figures are looked at.
    #[arg(long, value_name = "ARCHIVE")]
    pub archive: PathBuf,
    /// The other framework (CSV, as the city's table).
    #[arg(long, value_name = "FILE")]
    pub framework: PathBuf,
    /// Its base figures (CSV); those of the archive when absent.
    #[arg(long, value_name = "FILE")]
    pub bases: Option<PathBuf>,
    /// First month [default: ten years back, or as far as there are figures].
    #[arg(long, value_name = "MONTH")]
    pub first: Option<String>,
    /// One line of JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// What every run reads.
#[derive(Debug, Args)]
pub struct Tables {
    /// The recipe (TOML); without it every stage has its default.
    #[arg(long, value_name = "FILE")]
    pub recipe: Option<PathBuf>,
    /// Values: a row per unit (and Time), a column per indicator, as COINr's iData (CSV, UTF-8).
    #[arg(long, value_name = "FILE")]
    pub idata: PathBuf,
    /// The framework: a row per column of the values, as COINr's iMeta (CSV, UTF-8).
    #[arg(long, value_name = "FILE")]
    pub imeta: PathBuf,
}

/// `index run`.
#[derive(Debug, Args)]
pub struct Run {
    /// What is read.
    #[command(flatten)]
    pub tables: Tables,
    /// Folder for the tables; made when absent.
    #[arg(long, value_name = "FOLDER")]
    pub out: PathBuf,
    /// One line of JSON (scores, ranks, notes) instead of text.
    #[arg(long)]
    pub json: bool,
}

/// `index sensitivity`.
#[derive(Debug, Args)]
pub struct Sensitivity {
    /// What is read.
    #[command(flatten)]
    pub tables: Tables,
    /// What varies (TOML).
    #[arg(long, value_name = "FILE")]
    pub study: PathBuf,
    /// Folder for the tables; made when absent.
    #[arg(long, value_name = "FOLDER")]
    pub out: PathBuf,
    /// Also write rank_shares.csv, P(rank = k), and beats.csv, P(row scores above column); for up to 500 units.
    #[arg(long)]
    pub pairs: bool,
    /// One line of JSON instead of text.
    #[arg(long)]
    pub json: bool,
}

/// `index audit`.
#[derive(Debug, Args)]
pub struct Audit {
    /// What is read.
    #[command(flatten)]
    pub tables: Tables,
    /// A study (TOML) for the chapter on robustness; left out without it.
    #[arg(long, value_name = "FILE")]
    pub study: Option<PathBuf>,
    /// Folder for audit.html and audit.md; made when absent.
    #[arg(long, value_name = "FOLDER")]
    pub out: PathBuf,
    /// One line of JSON instead of text.
    #[arg(long)]
    pub json: bool,
}

/// `index explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// What is read.
    #[command(flatten)]
    pub tables: Tables,
    /// Code of the unit.
    #[arg(long, value_name = "CODE")]
    pub unit: String,
    /// Period, in a panel [default: the last].
    #[arg(long, value_name = "PERIOD")]
    pub time: Option<String>,
    /// Compared with what: mean (of all units), zero, or the code of another unit.
    #[arg(long, default_value = "mean", value_name = "WHAT")]
    pub against: String,
    /// Also find the least change of scores that moves the unit up so many places.
    #[arg(long, value_name = "PLACES")]
    pub up: Option<usize>,
    /// The highest score an indicator can have.
    #[arg(long, default_value_t = 100.0)]
    pub best: f64,
    /// One line of JSON instead of text.
    #[arg(long)]
    pub json: bool,
}

/// `index recipe`.
#[derive(Debug, Subcommand)]
pub enum Recipe {
    /// Print a recipe to begin with, on standard output.
    #[command(
        after_help = "Example:\n  gridward index recipe init > R.toml\n  gridward index recipe init --study > S.toml"
    )]
    Init {
        /// A study for `index sensitivity` instead of a recipe.
        #[arg(long)]
        study: bool,
    },
    /// Say what is wrong with a recipe, alone or against its tables. Exit code 3 when something is.
    #[command(
        after_help = "Example:\n  gridward index recipe check --recipe R.toml --idata D.csv --imeta M.csv"
    )]
    Check {
        /// The recipe (TOML).
        #[arg(long, value_name = "FILE")]
        recipe: PathBuf,
        /// A study of it (TOML).
        #[arg(long, value_name = "FILE")]
        study: Option<PathBuf>,
        /// Values to check it against.
        #[arg(long, value_name = "FILE", requires = "imeta")]
        idata: Option<PathBuf>,
        /// The framework.
        #[arg(long, value_name = "FILE", requires = "idata")]
        imeta: Option<PathBuf>,
        /// One line of JSON instead of text.
        #[arg(long)]
        json: bool,
    },
}
