//! Timers of those who work alone: their own to start, extend and end; once one has run out, the desks' to take on.

use domain::area::{Ancestors, Level};
use domain::audit::Hash;
use domain::geo::LngLat;
use domain::id::{ActId, AreaId, TimerId, VisitId};
use domain::notice::NoticeKind;
use domain::policy::{Actor, CareAct, CareFacts, CareReach, care_reach, permit_care};
use domain::safety::{Act, State, Timer, runs_until};
use domain::stream::{Stream, StreamId};
use jiff::Timestamp;
use serde::Serialize;
use store::safety::{self, TimerRow};
use store::{Batch, CommitError, Statement};

use crate::care::{blocked, private_hash};
use crate::notice;
use crate::stream::{self, TRIES, Trail};
use crate::{App, AppError};

const WHAT: &str = "timer";

/// A timer to be started.
#[derive(Clone, Debug, Serialize)]
pub struct Start {
    /// In which grid; the only one they have duty in, when it is not said.
    pub grid: Option<AreaId>,
    /// For which visit.
    pub visit: Option<VisitId>,
    /// Minutes, 5 to 240.
    pub minutes: u32,
}

/// What is done about a timer.
#[derive(Clone, Copy, Debug, Serialize)]
pub enum Command {
    /// 延长: so many minutes from now.
    Extend {
        /// Minutes, 5 to 240.
        minutes: u32,
    },
    /// 平安.
    Safe,
    /// 静默求助.
    Alarm {
        /// Where the phone is, if they want it told.
        position: Option<LngLat>,
    },
    /// The phone tells where it is, after the alarm.
    Position {
        /// Where.
        position: LngLat,
    },
    /// 接警.
    Take,
    /// 结束.
    Close {
        /// The worker is safe.
        safe: bool,
    },
}

/// How a timer stands after an act.
#[derive(Clone, Debug, PartialEq)]
pub struct Done {
    /// As it stands.
    pub timer: TimerRow,
    /// The same was sent before.
    pub replayed: bool,
}

/// Starts a timer. Its id is its key.
pub async fn start(app: &App, who: &Actor, id: TimerId, new: &Start) -> Result<Done, AppError> {
    let (now, stream_id) = (app.clock.now(), StreamId::new(Stream::Safety, id.0));
    let request = private_hash(app, &(id, new))?;
    if let Some(used) = stream::used(app, ActId(id.0)).await? {
        stream::is_again(&used, stream_id, request)?;
        return Ok(Done { timer: own(app, who, id).await?, replayed: true });
    }
    let (Some(person), CareReach::Own) = (who.person, care_reach(who.role, CareAct::RunTimer)) else {
        return Err(AppError::NotTheirs { who: "a worker", what: "start a timer" });
    };
    let only = || who.grids.first().copied().filter(|_| who.grids.len() == 1);
    let missing = || AppError::field("/grid", "missing", "name the grid you are in");
    let grid = new.grid.or_else(only).ok_or_else(missing)?;
    if !who.grids.contains(&grid) {
        return Err(AppError::NotFound { what: "grid" });
    }
    let until = runs_until(now, now, new.minutes)
        .map_err(|fault| AppError::field("/minutes", "range", fault.to_string()))?;
    let mut trail = Trail::new(stream_id);
    let act = Act::Start { grid, visit: new.visit, until };
    let entry = trail.append(who, now, ActId(id.0), request, &act);
    let timer = TimerRow {
        id,
        version: trail.version(),
        head: trail.head(),
        person,
        areas: app.city().ancestors(grid),
        visit: new.visit,
        timer: Timer { started: now, state: State::Running { until } },
        position: None,
        ended: None,
    };
    match app.store.commit(Batch::new("start timer").with(timer.insert()).with(entry)).await {
        Ok(()) => Ok(Done { timer, replayed: false }),
        Err(error @ (CommitError::Duplicate { .. } | CommitError::Conflict { .. })) => {
            match stream::used(app, ActId(id.0)).await? {
                Some(used) => {
                    stream::is_again(&used, stream_id, request)?;
                    Ok(Done { timer: own(app, who, id).await?, replayed: true })
                }
                None => Err(error.into()),
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// Does something about a timer.
pub async fn act(
    app: &App,
    who: &Actor,
    id: TimerId,
    key: ActId,
    command: &Command,
) -> Result<Done, AppError> {
    let request = private_hash(app, &(id, command))?;
    for _ in 0..TRIES {
        let row = may(app, who, id, command).await?;
        if let Some(used) = stream::used(app, key).await? {
            stream::is_again(&used, StreamId::new(Stream::Safety, id.0), request)?;
            return Ok(Done { timer: row, replayed: true });
        }
        let now = app.clock.now();
        let act = act_of(who, &row, command, now)?;
        let mut row = row;
        if let Command::Alarm { position: Some(position) } | Command::Position { position } = command {
            row.position = Some(*position);
        }
        let statements = move_timer(app, who, &mut row, &act, (key, request), now).await?;
        match app.store.commit(statements.into_iter().fold(Batch::new("timer"), Batch::with)).await {
            Ok(()) => return Ok(Done { timer: row, replayed: false }),
            Err(CommitError::Conflict { .. } | CommitError::Duplicate { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppError::Contended)
}

fn act_of(who: &Actor, row: &TimerRow, command: &Command, now: Timestamp) -> Result<Act, AppError> {
    Ok(match command {
        Command::Extend { minutes } => {
            let until = runs_until(row.timer.started, now, *minutes);
            let until = until.map_err(|fault| AppError::field("/minutes", "range", fault.to_string()))?;
            Act::Extend { until }
        }
        Command::Safe => Act::Safe,
        Command::Alarm { .. } => Act::Alarm,
        Command::Position { .. } => Act::Position,
        Command::Take => Act::Take { person: who.person.ok_or(AppError::NotFound { what: WHAT })? },
        Command::Close { safe } => Act::Close { safe: *safe },
    })
}

async fn may(app: &App, who: &Actor, id: TimerId, command: &Command) -> Result<TimerRow, AppError> {
    let gone = || AppError::NotFound { what: WHAT };
    let row = safety::one(&app.store, id).await?.ok_or_else(gone)?;
    let needed = match command {
        Command::Take | Command::Close { .. } => CareAct::Answer,
        _ => CareAct::RunTimer,
    };
    // A timer that runs is nobody's but the worker's.
    if needed == CareAct::Answer && matches!(row.timer.state, State::Running { .. } | State::Safe) {
        return Err(gone());
    }
    permit_care(who, needed, &facts(&row)).map_err(|_| gone())?;
    Ok(row)
}

fn facts(row: &TimerRow) -> CareFacts {
    CareFacts { areas: row.areas, owner: Some(row.person), ..CareFacts::default() }
}

/// An act on a timer's row, with who is told of it; the row is moved on.
pub(crate) async fn move_timer(
    app: &App,
    who: &Actor,
    row: &mut TimerRow,
    act: &Act,
    (key, request): (ActId, Hash),
    now: Timestamp,
) -> Result<Vec<Statement>, AppError> {
    let on = row.version;
    row.timer = row.timer.after(act, now).map_err(blocked)?;
    let id = StreamId::new(Stream::Safety, row.id.0);
    let mut trail = Trail::at(id, on, row.head);
    let entry = trail.append(who, now, key, request, act);
    (row.version, row.head) = (trail.version(), trail.head());
    if !row.timer.state.is_open() {
        (row.position, row.ended) = (None, Some(now));
    }
    let mut all = vec![row.save(on)];
    if let State::Alarm { level, .. } = row.timer.state
        && !matches!(act, Act::Position)
    {
        let desk = desk_from(app, &row.areas, level).await?;
        all.push(notice::to_desk(desk, NoticeKind::SafetyAlarm, id, row.grid(), true, now));
    }
    all.push(entry);
    Ok(all)
}

/// The lowest desk from a level upwards that somebody works at; the city's where there is none.
pub(crate) async fn desk_from(app: &App, areas: &Ancestors, level: Level) -> Result<AreaId, AppError> {
    let mut at = Some(level);
    while let Some(level) = at {
        if let Some(area) = areas.at(level)
            && safety::has_desk(&app.store, area).await?
        {
            return Ok(area);
        }
        at = level.above();
    }
    Ok(areas.city.unwrap_or(AreaId(0)))
}

/// One's own timer.
pub async fn own(app: &App, who: &Actor, id: TimerId) -> Result<TimerRow, AppError> {
    let gone = || AppError::NotFound { what: WHAT };
    let row = safety::one(&app.store, id).await?.ok_or_else(gone)?;
    let mine = permit_care(who, CareAct::RunTimer, &facts(&row)).is_ok();
    let alarm = matches!(row.timer.state, State::Alarm { .. } | State::Taken { .. } | State::Closed { .. });
    let answers = alarm && permit_care(who, CareAct::Answer, &facts(&row)).is_ok();
    if mine || answers { Ok(row) } else { Err(gone()) }
}

/// One's own timers, the newest first; for a desk or a leader the alarms of their area that are not over.
pub async fn list(app: &App, who: &Actor) -> Result<Vec<TimerRow>, AppError> {
    if care_reach(who.role, CareAct::Answer) == CareReach::Area {
        return Ok(safety::alarms(&app.store, who.level, who.area).await?);
    }
    match (who.person, care_reach(who.role, CareAct::RunTimer)) {
        (Some(person), CareReach::Own) => Ok(safety::of_person(&app.store, person, 20).await?),
        _ => Err(AppError::NotTheirs { who: "workers, desks and leaders", what: "see timers" }),
    }
}
