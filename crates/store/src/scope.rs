//! Rights as a filter over lists of cases: the same rule as `domain::policy::Scope::covers`, in SQL.

use crate::case::{Where, area_column};
use domain::area::Level;
use domain::policy::Scope;

/// A scope ready to be asked of the database.
#[derive(Clone, Debug)]
pub struct ScopeSql {
    scope: Scope,
    level: Level,
}

impl ScopeSql {
    /// Of a scope whose area (if it has one) is of this level.
    pub fn new(scope: Scope, level: Level) -> ScopeSql {
        ScopeSql { scope, level }
    }

    /// Adds its condition over the table alias `c`: what `covers` says of one case, for many.
    pub(crate) fn conditions(&self, to: &mut Where) {
        let scope = &self.scope;
        if scope.all {
            return;
        }
        let mut any = Vec::new();
        if let Some(area) = scope.area {
            let place = to.bind(area.0);
            let inside = format!("({} = {place} or c.desk_id = {place})", area_column(self.level));
            any.push(if scope.private { inside } else { format!("({inside} and c.private = 0)") });
        }
        if !scope.grids.is_empty() {
            let places: Vec<String> = scope.grids.iter().map(|grid| to.bind(grid.0)).collect();
            any.push(format!("c.grid_id in ({})", places.join(", ")));
        }
        if let Some(unit) = scope.unit {
            let place = to.bind(unit.0);
            any.push(format!(
                "exists (select 1 from share s where s.case_id = c.id and s.unit_id = {place} and s.state <> 'over')"
            ));
        }
        if let Some(person) = scope.reporter {
            any.push(format!("c.reporter_id = {}", to.bind(person.0)));
        }
        to.and(if any.is_empty() { "1 = 0".to_owned() } else { format!("({})", any.join(" or ")) });
    }
}
