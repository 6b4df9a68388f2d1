//! The expressions of forms: when a question is asked, what an answer must be, when it fails.
//!
//! The useful part of what XLSForm takes from XPath 1.0, and nothing that could loop or look elsewhere:
//!
//! ```text
//! ${exit} = 'blocked' and not(selected(${found}, 'none'))
//! . >= 0 and . <= ${beds} * 1.5
//! . <= today()
//! ```
//!
//! `or`, `and`, `=`, `!=`, `<`, `<=`, `>`, `>=`, `+`, `-`, `*`, `div`, `mod`, parentheses, numbers, texts in `'` or `"`,
//! `${name}`, `.` (the answer itself), and the functions of [`FUNCTIONS`]. No answer is empty: it equals `''`, is neither
//! more nor less than anything, and a sum with it has no value.

use std::cmp::Ordering;

use jiff::civil::Date;
use thiserror::Error;

/// Longest expression, in characters.
const LONGEST: usize = 2_000;
/// How deep one may be nested.
const DEEPEST: usize = 32;

/// Every function and how it is written.
pub const FUNCTIONS: &[(&str, &str)] = &[
    ("not", "not(x)"),
    ("selected", "selected(${question}, 'choice')"),
    ("count-selected", "count-selected(${question})"),
    ("string-length", "string-length(${question})"),
    ("today", "today()"),
    ("true", "true()"),
    ("false", "false()"),
    ("if", "if(condition, then, otherwise)"),
    ("coalesce", "coalesce(first, otherwise)"),
    ("round", "round(x)"),
    ("int", "int(x)"),
    ("date", "date('2026-09-30')"),
];

/// What is wrong with an expression, and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("character {}: {why}", at + 1)]
pub struct Wrong {
    /// Characters before it.
    pub at: usize,
    /// What is wrong, and what would be right.
    pub why: String,
}

/// An expression that was read, with the text it was read from.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    node: Node,
    named: Vec<Named>,
}

/// A question that an expression looks at; `choice` where it is compared with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its name; `None` is the answer itself.
    pub question: Option<String>,
    /// Characters before it.
    pub at: usize,
    /// The text it is compared with, and the characters before that.
    pub choice: Option<(String, usize)>,
}

/// What an expression works with.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// No answer, or no value.
    Empty,
    /// A number.
    Number(f64),
    /// A text, or the name of a choice.
    Text(String),
    /// Names of choices.
    Many(Vec<String>),
    /// A day.
    Day(Date),
    /// Yes or no.
    Truth(bool),
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Literal(Given),
    Question(Option<String>),
    Not(Box<Node>),
    Negative(Box<Node>),
    Two(Two, Box<Node>, Box<Node>),
    Call(Call, Vec<Node>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Two {
    Or,
    And,
    Is,
    IsNot,
    Less,
    LessOrSame,
    More,
    MoreOrSame,
    Plus,
    Minus,
    Times,
    Div,
    Mod,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Selected,
    CountSelected,
    Length,
    Today,
    If,
    Coalesce,
    Round,
    Int,
    Date,
}

impl Expr {
    /// Reads an expression.
    pub fn parse(text: &str) -> Result<Expr, Wrong> {
        let tokens = tokens(text)?;
        let mut parser = Parser { tokens: &tokens, next: 0, end: text.chars().count(), named: Vec::new() };
        let node = parser.either(0)?;
        match parser.tokens.get(parser.next) {
            None => Ok(Expr { node, named: parser.named }),
            Some((at, token)) => Err(wrong(
                *at,
                format!("{} is too much here; the expression was whole before it", token.told()),
            )),
        }
    }

    /// Every question it looks at.
    pub fn named(&self) -> &[Named] {
        &self.named
    }

    /// Its value; `of` gives answers by question, `None` being the answer itself.
    pub fn value(&self, of: &dyn Fn(Option<&str>) -> Given, today: Date) -> Given {
        value(&self.node, of, today)
    }

    /// Whether it is true. What has no value is not.
    pub fn holds(&self, of: &dyn Fn(Option<&str>) -> Given, today: Date) -> bool {
        self.value(of, today).is_true()
    }
}

impl Given {
    fn is_true(&self) -> bool {
        match self {
            Given::Empty => false,
            Given::Number(it) => *it != 0.0,
            Given::Text(it) => !it.is_empty(),
            Given::Many(them) => !them.is_empty(),
            Given::Day(_) => true,
            Given::Truth(it) => *it,
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Given::Empty => true,
            Given::Text(it) => it.is_empty(),
            Given::Many(them) => them.is_empty(),
            _ => false,
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Given::Number(it) => Some(*it),
            Given::Truth(it) => Some(f64::from(u8::from(*it))),
            Given::Text(it) => it.trim().parse().ok().filter(|it: &f64| it.is_finite()),
            Given::Empty | Given::Many(_) | Given::Day(_) => None,
        }
    }

    fn of_number(it: f64) -> Given {
        if it.is_finite() { Given::Number(it) } else { Given::Empty }
    }
}

fn value(node: &Node, of: &dyn Fn(Option<&str>) -> Given, today: Date) -> Given {
    let get = |node: &Node| value(node, of, today);
    match node {
        Node::Literal(it) => it.clone(),
        Node::Question(name) => of(name.as_deref()),
        Node::Not(it) => Given::Truth(!get(it).is_true()),
        Node::Negative(it) => get(it).number().map_or(Given::Empty, |it| Given::Number(-it)),
        Node::Two(Two::Or, a, b) => Given::Truth(get(a).is_true() || get(b).is_true()),
        Node::Two(Two::And, a, b) => Given::Truth(get(a).is_true() && get(b).is_true()),
        Node::Two(two, a, b) => both(*two, &get(a), &get(b)),
        Node::Call(call, given) => called(*call, given, &get, today),
    }
}

fn both(two: Two, a: &Given, b: &Given) -> Given {
    let sum = |of: fn(f64, f64) -> f64| match (a.number(), b.number()) {
        (Some(a), Some(b)) => Given::of_number(of(a, b)),
        _ => Given::Empty,
    };
    let order = |fits: fn(Ordering) -> bool| Given::Truth(compare(a, b).is_some_and(fits));
    match two {
        Two::Is => Given::Truth(same(a, b)),
        Two::IsNot => Given::Truth(!same(a, b)),
        Two::Less => order(Ordering::is_lt),
        Two::LessOrSame => order(Ordering::is_le),
        Two::More => order(Ordering::is_gt),
        Two::MoreOrSame => order(Ordering::is_ge),
        Two::Plus => sum(|a, b| a + b),
        Two::Minus => sum(|a, b| a - b),
        Two::Times => sum(|a, b| a * b),
        Two::Div => sum(|a, b| a / b),
        Two::Mod => sum(|a, b| a % b),
        Two::Or | Two::And => Given::Empty,
    }
}

fn same(a: &Given, b: &Given) -> bool {
    if a.is_empty() || b.is_empty() {
        return a.is_empty() && b.is_empty();
    }
    match (a, b) {
        (Given::Truth(a), b) | (b, Given::Truth(a)) => *a == b.is_true(),
        // As XPath has it for a set of nodes: one of them is enough.
        (Given::Many(many), Given::Text(one)) | (Given::Text(one), Given::Many(many)) => many.contains(one),
        (Given::Many(a), Given::Many(b)) => a == b,
        (Given::Text(a), Given::Text(b)) => a == b,
        _ => compare(a, b).is_some_and(Ordering::is_eq),
    }
}

fn compare(a: &Given, b: &Given) -> Option<Ordering> {
    let day = |it: &Given| match it {
        Given::Day(day) => Some(*day),
        Given::Text(text) => text.parse().ok(),
        _ => None,
    };
    match (a, b) {
        (Given::Empty | Given::Many(_), _) | (_, Given::Empty | Given::Many(_)) => None,
        (Given::Day(_), _) | (_, Given::Day(_)) => Some(day(a)?.cmp(&day(b)?)),
        (Given::Text(one), Given::Text(other)) => match (a.number(), b.number()) {
            (Some(a), Some(b)) => a.partial_cmp(&b),
            _ => Some(one.cmp(other)),
        },
        _ => a.number()?.partial_cmp(&b.number()?),
    }
}

fn called(call: Call, given: &[Node], get: &dyn Fn(&Node) -> Given, today: Date) -> Given {
    let nth = |n: usize| given.get(n).map_or(Given::Empty, get);
    match call {
        Call::Selected => match (nth(0), nth(1)) {
            (Given::Many(many), Given::Text(one)) => Given::Truth(many.contains(&one)),
            (Given::Text(held), Given::Text(one)) => Given::Truth(held == one),
            _ => Given::Truth(false),
        },
        Call::CountSelected => match nth(0) {
            Given::Many(many) => Given::Number(many.len() as f64),
            other => Given::Number(f64::from(u8::from(!other.is_empty()))),
        },
        Call::Length => match nth(0) {
            Given::Text(it) => Given::Number(it.chars().count() as f64),
            _ => Given::Number(0.0),
        },
        Call::Today => Given::Day(today),
        Call::If => nth(if nth(0).is_true() { 1 } else { 2 }),
        Call::Coalesce => Some(nth(0)).filter(|it| !it.is_empty()).unwrap_or_else(|| nth(1)),
        Call::Round => nth(0).number().map_or(Given::Empty, |it| Given::of_number(it.round())),
        Call::Int => nth(0).number().map_or(Given::Empty, |it| Given::of_number(it.trunc())),
        Call::Date => match nth(0) {
            Given::Text(it) => it.parse().map_or(Given::Empty, Given::Day),
            Given::Day(it) => Given::Day(it),
            _ => Given::Empty,
        },
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number(f64),
    Text(String),
    Question(String),
    Word(String),
    Sign(&'static str),
}

impl Token {
    fn told(&self) -> String {
        match self {
            Token::Number(it) => format!("{it}"),
            Token::Text(it) => format!("'{it}'"),
            Token::Question(it) => format!("${{{it}}}"),
            Token::Word(it) => it.clone(),
            Token::Sign(it) => (*it).to_owned(),
        }
    }
}

fn wrong(at: usize, why: impl Into<String>) -> Wrong {
    Wrong { at, why: why.into() }
}

const SIGNS: [&str; 13] = ["!=", "<=", ">=", "=", "<", ">", "+", "-", "*", "(", ")", ",", "."];

fn tokens(text: &str) -> Result<Vec<(usize, Token)>, Wrong> {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() > LONGEST {
        return Err(wrong(
            LONGEST,
            format!("{LONGEST} characters are the most; split it over two questions"),
        ));
    }
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(&c) = chars.get(at) {
        if c.is_whitespace() {
            at += 1;
            continue;
        }
        let (token, end) = token(&chars, at)?;
        found.push((at, token));
        at = end;
    }
    Ok(found)
}

/// One token from `at`, and where the next begins.
fn token(chars: &[char], at: usize) -> Result<(Token, usize), Wrong> {
    let c = chars[at];
    let run = |from: usize, fits: &dyn Fn(char) -> bool| {
        from + chars[from..].iter().take_while(|c| fits(**c)).count()
    };
    let word = |from, to| chars[from..to].iter().collect::<String>();
    if c == '\'' || c == '"' {
        let end = run(at + 1, &|it| it != c);
        if end == chars.len() {
            return Err(wrong(at, format!("the text that begins here has no end; add {c}")));
        }
        return Ok((Token::Text(word(at + 1, end)), end + 1));
    }
    if matches!(c, '‘' | '’' | '“' | '”') {
        return Err(wrong(at, format!("{c} is a mark of print; write ' around texts")));
    }
    if c == '$' {
        let end = run(at + 2, &is_of_name);
        let is_whole = chars.get(at + 1) == Some(&'{') && chars.get(end) == Some(&'}') && end > at + 2;
        return if is_whole {
            Ok((Token::Question(word(at + 2, end)), end + 1))
        } else {
            Err(wrong(at, "a question is named as ${name}"))
        };
    }
    if c.is_ascii_digit() || (c == '.' && chars.get(at + 1).is_some_and(char::is_ascii_digit)) {
        let end = run(at, &|it| it.is_ascii_digit() || it == '.');
        let number =
            word(at, end).parse().map_err(|_| wrong(at, format!("{} is no number", word(at, end))))?;
        return Ok((Token::Number(number), end));
    }
    if c.is_ascii_alphabetic() {
        let end = run(at, &|it| it.is_ascii_alphanumeric() || it == '-' || it == '_');
        return Ok((Token::Word(word(at, end)), end));
    }
    let sign = SIGNS.into_iter().find(|sign| chars[at..].iter().copied().take(sign.len()).eq(sign.chars()));
    sign.map(|sign| (Token::Sign(sign), at + sign.len()))
        .ok_or_else(|| wrong(at, format!("{c:?} means nothing in an expression")))
}

/// Characters of names.
pub(super) fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

struct Parser<'a> {
    tokens: &'a [(usize, Token)],
    next: usize,
    end: usize,
    named: Vec<Named>,
}

impl Parser<'_> {
    fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |(at, _)| *at)
    }

    fn takes(&mut self, sign: &str) -> bool {
        let is_it = match self.tokens.get(self.next) {
            Some((_, Token::Sign(it))) => *it == sign,
            Some((_, Token::Word(it))) => it == sign,
            _ => false,
        };
        self.next += usize::from(is_it);
        is_it
    }

    fn needs(&mut self, sign: &str) -> Result<(), Wrong> {
        let at = self.at();
        if self.takes(sign) { Ok(()) } else { Err(wrong(at, format!("{sign} belongs here"))) }
    }

    /// Takes one of these, if it comes next.
    fn one(&mut self, signs: &[(&str, Two)]) -> Option<Two> {
        signs.iter().find(|(sign, _)| self.takes(sign)).map(|(_, two)| *two)
    }

    fn either(&mut self, depth: usize) -> Result<Node, Wrong> {
        if depth > DEEPEST {
            return Err(wrong(self.at(), format!("more than {DEEPEST} parentheses within each other")));
        }
        let mut left = self.every(depth)?;
        while let Some(two) = self.one(&[("or", Two::Or)]) {
            left = Node::Two(two, Box::new(left), Box::new(self.every(depth)?));
        }
        Ok(left)
    }

    fn every(&mut self, depth: usize) -> Result<Node, Wrong> {
        let mut left = self.compared(depth)?;
        while let Some(two) = self.one(&[("and", Two::And)]) {
            left = Node::Two(two, Box::new(left), Box::new(self.compared(depth)?));
        }
        Ok(left)
    }

    fn compared(&mut self, depth: usize) -> Result<Node, Wrong> {
        const SIGNS: [(&str, Two); 6] = [
            ("!=", Two::IsNot),
            ("<=", Two::LessOrSame),
            (">=", Two::MoreOrSame),
            ("=", Two::Is),
            ("<", Two::Less),
            (">", Two::More),
        ];
        let first = self.named.len();
        let left = self.sum(depth)?;
        let Some(two) = self.one(&SIGNS) else { return Ok(left) };
        let at = self.at();
        let right = self.sum(depth)?;
        if let Some((at, Token::Sign(sign))) = self.tokens.get(self.next)
            && SIGNS.iter().any(|(it, _)| it == sign)
        {
            return Err(wrong(*at, "two comparisons in a row; put and between them"));
        }
        if matches!(two, Two::Is | Two::IsNot) {
            match (&left, &right) {
                (Node::Question(_), Node::Literal(Given::Text(text))) => self.chosen(first, text, at),
                (Node::Literal(Given::Text(text)), Node::Question(_)) => self.chosen(first, text, at),
                _ => {}
            }
        }
        Ok(Node::Two(two, Box::new(left), Box::new(right)))
    }

    /// Remembers what the question just named is compared with.
    fn chosen(&mut self, nth: usize, text: &str, at: usize) {
        if let Some(named) = self.named.get_mut(nth).filter(|_| !text.is_empty()) {
            named.choice = Some((text.to_owned(), at));
        }
    }

    fn sum(&mut self, depth: usize) -> Result<Node, Wrong> {
        let mut left = self.product(depth)?;
        while let Some(two) = self.one(&[("+", Two::Plus), ("-", Two::Minus)]) {
            left = Node::Two(two, Box::new(left), Box::new(self.product(depth)?));
        }
        Ok(left)
    }

    fn product(&mut self, depth: usize) -> Result<Node, Wrong> {
        let mut left = self.signed(depth)?;
        while let Some(two) = self.one(&[("*", Two::Times), ("div", Two::Div), ("mod", Two::Mod)]) {
            left = Node::Two(two, Box::new(left), Box::new(self.signed(depth)?));
        }
        Ok(left)
    }

    fn signed(&mut self, depth: usize) -> Result<Node, Wrong> {
        if depth > DEEPEST {
            return Err(wrong(self.at(), "too many signs within each other"));
        }
        if self.takes("-") {
            return Ok(Node::Negative(Box::new(self.signed(depth + 1)?)));
        }
        self.single(depth)
    }

    fn single(&mut self, depth: usize) -> Result<Node, Wrong> {
        let at = self.at();
        let Some((_, token)) = self.tokens.get(self.next) else {
            return Err(wrong(at, "the expression ends too early: a value belongs here"));
        };
        let token = token.clone();
        self.next += 1;
        match token {
            Token::Number(it) => Ok(Node::Literal(Given::Number(it))),
            Token::Text(it) => Ok(Node::Literal(Given::Text(it))),
            Token::Question(name) => {
                self.named.push(Named { question: Some(name.clone()), at, choice: None });
                Ok(Node::Question(Some(name)))
            }
            Token::Sign(".") => {
                self.named.push(Named { question: None, at, choice: None });
                Ok(Node::Question(None))
            }
            Token::Sign("(") => {
                let inner = self.either(depth + 1)?;
                self.needs(")")?;
                Ok(inner)
            }
            Token::Word(name) => self.call(&name, at, depth),
            token @ Token::Sign(_) => Err(wrong(at, format!("{} does not begin a value", token.told()))),
        }
    }

    fn call(&mut self, name: &str, at: usize, depth: usize) -> Result<Node, Wrong> {
        let Some((_, form)) = FUNCTIONS.iter().find(|(it, _)| *it == name) else {
            let known: Vec<&str> = FUNCTIONS.iter().map(|(it, _)| *it).collect();
            return Err(wrong(at, format!("{name} is no function of forms; there are {}", known.join(", "))));
        };
        self.needs("(")?;
        let (first, mut given) = (self.named.len(), Vec::new());
        let mut last_at = at;
        if !self.takes(")") {
            loop {
                last_at = self.at();
                given.push(self.either(depth + 1)?);
                if self.takes(")") {
                    break;
                }
                self.needs(",")?;
            }
        }
        let (call, n) = match name {
            "not" if given.len() == 1 => return Ok(Node::Not(Box::new(given.remove(0)))),
            "true" | "false" if given.is_empty() => return Ok(Node::Literal(Given::Truth(name == "true"))),
            "selected" => (Call::Selected, 2),
            "count-selected" => (Call::CountSelected, 1),
            "string-length" => (Call::Length, 1),
            "today" => (Call::Today, 0),
            "if" => (Call::If, 3),
            "coalesce" => (Call::Coalesce, 2),
            "round" => (Call::Round, 1),
            "int" => (Call::Int, 1),
            "date" => (Call::Date, 1),
            _ => return Err(wrong(at, format!("write it as {form}"))),
        };
        if given.len() != n {
            return Err(wrong(at, format!("write it as {form}")));
        }
        if call == Call::Selected {
            match (&given[0], &given[1]) {
                (Node::Question(_), Node::Literal(Given::Text(text))) => self.chosen(first, text, last_at),
                _ => return Err(wrong(at, format!("write it as {form}"))),
            }
        }
        Ok(Node::Call(call, given))
    }
}
