//! Version 1 of the API: one file a resource, wire types of its own, each handler one use case.

mod acts;
mod acts_of;
mod area_changes;
mod area_import;
mod areas;
mod assess;
mod attachments;
mod burden;
mod care;
mod care_purposes;
mod care_wire;
mod case;
mod cases;
mod crs;
mod deeds;
mod duplicates;
mod duties;
mod edited;
mod events;
mod filter;
mod forms;
mod index;
mod lists;
mod notices;
mod people;
mod places;
mod referrals;
mod report;
mod routing;
mod safety_timers;
mod search;
mod session;
mod sessions;
mod settings;
mod setup;
mod shapes;
mod state;
mod streams;
mod sync;
mod tagged;
mod tokens;
mod topology;
mod units;
mod view;
mod visits;
mod who;
mod wire;
mod work;

pub use state::State;

use utoipa_axum::router::OpenApiRouter;

/// Every path of this version.
pub fn routes(state: State) -> OpenApiRouter {
    // Acts made offline go to the same doors, which therefore know of no doors behind them.
    let inside = all().with_state(state.without_doors()).split_for_parts().0;
    state.doors.open(inside);
    all().with_state(state)
}

fn all() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .merge(session::routes())
        .merge(sessions::routes())
        .merge(tokens::routes())
        .merge(setup::routes())
        .merge(cases::routes())
        .merge(report::routes())
        .merge(duplicates::routes())
        .merge(case::routes())
        .merge(areas::routes())
        .merge(shapes::routes())
        .merge(topology::routes())
        .merge(area_import::routes())
        .merge(area_changes::routes())
        .merge(lists::routes())
        .merge(people::routes())
        .merge(units::routes())
        .merge(duties::routes())
        .merge(work::routes())
        .merge(settings::routes())
        .merge(routing::routes())
        .merge(places::routes())
        .merge(forms::routes())
        .merge(burden::routes())
        .merge(index::routes())
        .merge(search::routes())
        .merge(assess::routes())
        .merge(care::routes())
        .merge(care_purposes::routes())
        .merge(referrals::routes())
        .merge(safety_timers::routes())
        .merge(visits::routes())
        .merge(notices::routes())
        .merge(deeds::routes())
        .merge(attachments::routes())
        .merge(events::routes())
        .merge(sync::routes())
}
