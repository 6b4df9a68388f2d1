//! What is reported: of what, where, in whose words and by whom.

use super::demand::Demand;
use super::life::World;
use super::people;
use super::texts::About;
use crate::chance::Chance;
use app::City;
use app::case::ReportCommand;
use domain::area::Ancestors;
use domain::case::{Channel, Evidence, EvidenceKind};
use domain::geo::LngLat;
use domain::id::AreaId;
use domain::policy::Actor;
use geo::{BoundingRect, Contains, Coord};
use jiff::Timestamp;

/// A report and who makes it; one of the same thing as `twin` where that is given.
pub fn report(
    world: &World<'_>,
    demand: &Demand,
    chance: &mut Chance,
    at: Timestamp,
    twin: Option<&ReportCommand>,
) -> (Actor, ReportCommand) {
    let city = world.city;
    let grid = twin.and_then(|seen| seen.area).unwrap_or_else(|| demand.grid(chance));
    let of_twin = twin.and_then(|seen| seen.class.clone());
    let month = city.zone.to_datetime(at).date().month();
    let code = of_twin.unwrap_or_else(|| demand.class(chance, month).clone());
    let class = city.class(&code).expect("demand draws from the dictionary");
    let channel = channel(chance);
    let text =
        world.texts.report(chance, &About { class, village: village(city, &city.ancestors(grid)), unit: "" });
    let stock: Vec<&Evidence> = world.stock.iter().filter(|e| e.kind == EvidenceKind::Before).collect();
    let shows = !class.private && !stock.is_empty();
    let n_photos = if shows { usize::from(channel == Channel::Worker) + chance.below(2) } else { 0 };
    let command = ReportCommand {
        text,
        class: Some(code),
        point: twin.and_then(|seen| seen.point).or_else(|| point_in(city, grid, chance)),
        words: twin.map_or_else(|| world.texts.place(chance), |seen| seen.words.clone()),
        area: Some(grid),
        channel,
        evidence: (0..n_photos).map(|_| (*chance.one_of(&stock)).clone()).collect(),
        happened_at: None,
        private: false,
        outside_no: (channel == Channel::Hotline).then(|| format!("12345-{:08}", chance.below(100_000_000))),
    };
    (reporter(world, &command), command)
}

fn channel(chance: &mut Chance) -> Channel {
    match chance.between(0.0, 1.0) {
        x if x < 0.60 => Channel::Worker,
        x if x < 0.82 => Channel::Resident,
        x if x < 0.97 => Channel::Hotline,
        _ => Channel::Partner,
    }
}

fn reporter(world: &World<'_>, command: &ReportCommand) -> Actor {
    let city = world.city;
    let areas =
        command.point.and_then(|point| city.locate(point)).map(|(areas, _)| areas).unwrap_or_default();
    match command.channel {
        Channel::Worker => areas.grid.and_then(|grid| world.cast.worker(grid)),
        Channel::Resident => None,
        _ => areas.township.map(|township| world.cast.desk(city, township)),
    }
    .unwrap_or_else(|| people::resident(city))
}

/// How people call the village or quarter: its name without the word for the committee.
pub fn village<'a>(city: &'a City, areas: &Ancestors) -> &'a str {
    let name = areas.community.and_then(|id| city.area(id)).map_or("", |a| a.name_zh.as_str());
    let committees = ["村民委员会", "村委会", "居民委员会", "居委会"];
    let short = committees.iter().find_map(|word| name.strip_suffix(word)).unwrap_or(name);
    // The first sign of a village's committee is the village's own where the name has it but once.
    let with_sign = name.get(..short.len() + '村'.len_utf8()).filter(|name| name.ends_with('村'));
    if short.ends_with('村') { short } else { with_sign.unwrap_or(short) }
}

/// A point in a grid: tried by chance in its bounds, else a corner of it.
pub(crate) fn point_in(city: &City, grid: AreaId, chance: &mut Chance) -> Option<LngLat> {
    let shape = city.area(grid)?.polygon.as_ref()?;
    let bounds = shape.bounding_rect()?;
    let (low, high) = (bounds.min(), bounds.max());
    let inside = (0..40).find_map(|_| {
        let at = Coord { x: chance.between(low.x, high.x), y: chance.between(low.y, high.y) };
        shape.contains(&at).then_some(at)
    });
    let at = inside.or_else(|| shape.0.first()?.exterior().0.first().copied())?;
    let round = |degrees: f64| (degrees * 1e6).round() / 1e6;
    Some(LngLat { lng: round(at.x), lat: round(at.y) })
}
