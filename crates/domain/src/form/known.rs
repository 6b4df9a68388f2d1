//! What a form asks although it is known: fields already held are never asked again.
//!
//! What is known is data: a list of elements (数据元), each with its names and where it is held. A question asks for a
//! known element when it says so, or when its words are one of the element's names.

use serde::{Deserialize, Serialize};

use super::read::Form;

/// A data element that the platform holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Element {
    /// Its code: `place.name`.
    pub code: String,
    /// Names in Chinese, as they stand in forms; the first is the one told.
    pub zh: Vec<String>,
    /// Names in English.
    pub en: Vec<String>,
    /// Where it is held, in words: `the place`.
    pub held: String,
}

/// The document that is kept (bundle `elements`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Elements {
    /// All that are known.
    pub elements: Vec<Element>,
}

/// A question that asks for what is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// The question.
    pub question: String,
    /// Code of the element.
    pub element: String,
    /// Where it is held.
    pub held: String,
    /// The form says so itself; else its words say it.
    pub said: bool,
}

/// Questions of a form that ask for what is known already.
pub fn asks_known(form: &Form, known: &[Element]) -> Vec<Asked> {
    let questions = form.items.iter().filter(|it| it.doc.kind.is_answered());
    let asks = |doc: &super::ItemDoc| {
        let by_code = known.iter().find(|it| !doc.element.is_empty() && it.code == doc.element);
        let (zh, en) = (plain(&doc.label.zh), plain(&doc.label.en));
        let is_named = |it: &&Element| {
            it.zh.iter().any(|name| plain(name) == zh) || it.en.iter().any(|name| plain(name) == en)
        };
        // A question that names another element is about that.
        let by_words = || known.iter().filter(|_| doc.element.is_empty()).find(is_named);
        let (element, said) = by_code.map(|it| (it, true)).or_else(|| by_words().map(|it| (it, false)))?;
        Some(Asked {
            question: doc.name.clone(),
            element: element.code.clone(),
            held: element.held.clone(),
            said,
        })
    };
    questions.filter_map(|it| asks(&it.doc)).collect()
}

/// Words without what does not matter: marks, blanks, case, and what only asks (请填写, please enter).
fn plain(text: &str) -> String {
    let small = text.to_lowercase();
    let bare: String = small.chars().filter(|c| c.is_alphanumeric()).collect();
    let asking = ["请填写", "请输入", "请选择", "填写", "pleaseenter", "enterthe", "enter", "whatisthe"];
    let start = asking.iter().find_map(|it| bare.strip_prefix(it)).unwrap_or(&bare);
    start.strip_prefix("the").filter(|rest| !rest.is_empty()).unwrap_or(start).to_owned()
}
