//! Placeholder until rights land as a filter.
use crate::case::Where;
/// x
#[derive(Clone, Default)]
pub struct ScopeSql;
impl ScopeSql {
    pub(crate) fn conditions(&self, _to: &mut Where) {}
}
