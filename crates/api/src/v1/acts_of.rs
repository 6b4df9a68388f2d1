//! Acts of other things than cases, as callers send them: `act` beside its fields on the wire; read with the name
//! outside, because only so an error knows the path of its field.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::problem::{Answer, Problem};
use crate::read::{discreet, from_value};

/// Declares the acts of one thing: the type they are read into, the type they are described by, and their names.
macro_rules! acts_of {
    ($(#[doc = $about:literal])* $body:ident, $schema:ident as $wire:ident, $names:ident {
        $($(#[doc = $doc:literal])* $name:ident $text:literal { $($(#[serde($serde:ident)])? $field:ident: $type:ty),* $(,)? })*
    }) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug, serde::Deserialize)]
        #[serde(rename_all = "snake_case", deny_unknown_fields)]
        pub(super) enum $body { $($(#[doc = $doc])* $name { $($(#[serde($serde)])? $field: $type),* }),* }

        $(#[doc = $about])*
        #[derive(serde::Deserialize, utoipa::ToSchema)]
        #[serde(tag = "act", rename_all = "snake_case")]
        #[schema(as = $wire)]
        #[allow(dead_code)] // only described, never made
        pub(super) enum $schema { $($(#[doc = $doc])* $name { $($(#[serde($serde)])? $field: $type),* }),* }

        /// Every act that can be sent.
        const $names: &[&str] = &[$($text),*];
    };
}
pub(super) use acts_of;

/// Reads an act by its name; what is wrong with it is told without a word of it.
pub(super) fn read<T: DeserializeOwned>(body: Value, names: &[&str]) -> Answer<T> {
    let Value::Object(mut fields) = body else {
        return Err(Problem::field("", "type", "an act is an object"));
    };
    let name = fields.remove("act").ok_or_else(|| Problem::field("/act", "missing", "name the act"))?;
    let name = name.as_str().map(str::to_owned).filter(|name| names.contains(&name.as_str()));
    let unknown = || Problem::field("/act", "unknown", format!("the acts are {}", names.join(", ")));
    let name = name.ok_or_else(unknown)?;
    let tagged = Map::from_iter([(name.clone(), Value::Object(fields))]);
    let read = from_value(Value::Object(tagged));
    read.map_err(|problem| discreet(problem.without(&format!("/{name}"))))
}
