//! Taking an arranged change back before its day: what it opened is removed, what it closed is open again.

use jiff::civil::Date;

use super::super::{Area, Fault, Finding, Tree};
use super::Preview;

/// The tree without a change that is arranged for `on`, or everything that stands in the way: it is in force, or
/// another change was arranged on top of it. `made` says which areas it begins, ends and changes.
pub fn cancel(tree: &Tree, made: &Preview, on: Date, today: Date) -> Result<Tree, Vec<Finding>> {
    if on <= today {
        let about = format!("the change of {on}");
        return Err(vec![Finding { about, fault: Fault::InForce { since: on } }]);
    }
    let mut found = Vec::new();
    let mut later = |area: &Area| {
        if let Some(later) = area.valid_to.or(Some(area.valid_from)).filter(|&day| day > on) {
            found.push(Finding::about(&area.code, Fault::LaterChangeArranged { later }));
        }
    };
    [&made.created, &made.changed].into_iter().flatten().filter_map(|&id| tree.get(id)).for_each(&mut later);
    if !found.is_empty() {
        return Err(found);
    }
    let gone = |area: &&Area| made.created.contains(&area.id);
    for heir in tree.all_versions().map(|it| &**it).filter(|it| it.valid_to != Some(on) || !closed(made, it))
    {
        let orphaned = heir.successors.iter().filter_map(|&id| tree.get(id)).find(gone);
        found.extend(orphaned.map(|lost| {
            Finding::about(&heir.code, Fault::BadSuccessor { successor: lost.code.to_string() })
        }));
    }
    if !found.is_empty() {
        return Err(found);
    }
    let kept = tree.all_versions().filter(|area| !(area.valid_from == on && opened(made, area)));
    let reopened = kept.map(|area| match area.valid_to {
        Some(end) if end == on && closed(made, area) => {
            Area { valid_to: None, successors: Vec::new(), ..(**area).clone() }
        }
        _ => (**area).clone(),
    });
    Tree::new(reopened.collect()).map(|after| after.counting_from(tree.last_id()))
}

fn opened(made: &Preview, area: &Area) -> bool {
    made.created.contains(&area.id) || made.changed.contains(&area.id)
}

fn closed(made: &Preview, area: &Area) -> bool {
    made.retired.contains(&area.id) || made.changed.contains(&area.id)
}
