//! The framework as a tree: checked, with children, levels and a bottom-up order. Any depth; branches may differ.

use std::collections::HashMap;

use super::{Kind, Meta};
use crate::error::{IndexError, Result};

/// One indicator or aggregate in the tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Its code.
    pub code: String,
    /// Whether it is measured (no children) or calculated.
    pub is_leaf: bool,
    /// Level: as declared, else one above the highest child; leaves are 1.
    pub level: u32,
    /// Declared weight among its siblings.
    pub weight: f64,
    /// Position of the parent in [`Tree::nodes`].
    pub parent: Option<usize>,
    /// Positions of the children, in table order.
    pub children: Vec<usize>,
}

/// The checked tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    /// All nodes; leaves first in table order, then aggregates bottom-up (children before parents).
    pub nodes: Vec<Node>,
    /// How many nodes are leaves.
    pub leaves: usize,
    /// Position of the one root.
    pub root: usize,
    by_code: HashMap<String, usize>,
}

impl Tree {
    /// Checks and builds the tree of a framework.
    pub fn build(meta: &Meta) -> Result<Self> {
        let entries: Vec<_> =
            meta.entries.iter().filter(|e| matches!(e.kind, Kind::Indicator | Kind::Aggregate)).collect();
        let mut at = HashMap::new();
        for (k, e) in entries.iter().enumerate() {
            if let Some(first) = at.insert(e.code.as_str(), k) {
                return Err(IndexError::DuplicateIndicator {
                    table: "iMeta".into(),
                    code: e.code.clone(),
                    first: first + 2,
                    row: k + 2,
                });
            }
            if !(e.weight.is_finite() && e.weight > 0.0) {
                return Err(IndexError::BadWeight { code: e.code.clone(), weight: e.weight });
            }
        }
        let mut parent = vec![None; entries.len()];
        let mut children = vec![Vec::new(); entries.len()];
        for (k, e) in entries.iter().enumerate() {
            let Some(p) = &e.parent else { continue };
            let up = *at
                .get(p.as_str())
                .ok_or_else(|| IndexError::UnknownParent { code: e.code.clone(), parent: p.clone() })?;
            if entries[up].kind != Kind::Aggregate {
                return Err(IndexError::ParentNotAggregate { code: e.code.clone(), parent: p.clone() });
            }
            parent[k] = Some(up);
            children[up].push(k);
        }
        for start in 0..entries.len() {
            check_no_cycle(start, &parent, |k| entries[k].code.as_str())?;
        }
        let roots: Vec<usize> = (0..entries.len()).filter(|&k| parent[k].is_none()).collect();
        if roots.len() != 1 {
            let names: Vec<_> = roots.iter().take(5).map(|&k| entries[k].code.as_str()).collect();
            return Err(IndexError::Roots { found: roots.len(), roots: names.join(", ") });
        }
        for (k, e) in entries.iter().enumerate() {
            if e.kind == Kind::Aggregate && children[k].is_empty() {
                return Err(IndexError::NoChildren { code: e.code.clone() });
            }
        }
        let mut level = vec![0; entries.len()];
        set_level(roots[0], &children, &mut level, &|k| entries[k].level);
        for (k, e) in entries.iter().enumerate() {
            if let Some(up) = parent[k].filter(|&up| level[up] <= level[k]) {
                return Err(IndexError::LevelOrder {
                    code: e.code.clone(),
                    level: level[k],
                    parent: entries[up].code.clone(),
                    parent_level: level[up],
                });
            }
        }
        let mut order: Vec<usize> = (0..entries.len()).collect();
        order.sort_by_key(|&k| {
            (
                entries[k].kind != Kind::Indicator,
                if entries[k].kind == Kind::Indicator { 0 } else { level[k] },
            )
        });
        let mut new_at = vec![0; order.len()];
        for (new, &old) in order.iter().enumerate() {
            new_at[old] = new;
        }
        let nodes: Vec<Node> = order
            .iter()
            .map(|&old| Node {
                code: entries[old].code.clone(),
                is_leaf: entries[old].kind == Kind::Indicator,
                level: level[old],
                weight: entries[old].weight,
                parent: parent[old].map(|p| new_at[p]),
                children: children[old].iter().map(|&c| new_at[c]).collect(),
            })
            .collect();
        let by_code = nodes.iter().enumerate().map(|(k, n)| (n.code.clone(), k)).collect();
        let leaves = nodes.iter().filter(|n| n.is_leaf).count();
        Ok(Self { nodes, leaves, root: new_at[roots[0]], by_code })
    }
    /// Position of a code.
    pub fn position(&self, code: &str) -> Result<usize> {
        self.by_code.get(code).copied().ok_or_else(|| IndexError::unknown("indicator", code))
    }
    /// Aggregates, children before parents.
    pub fn aggregates(&self) -> impl DoubleEndedIterator<Item = usize> + use<> {
        self.leaves..self.nodes.len()
    }
    /// Codes of the leaves in order.
    pub fn leaf_codes(&self) -> Vec<&str> {
        self.nodes[..self.leaves].iter().map(|n| n.code.as_str()).collect()
    }
    /// Leaves below a node (itself when it is a leaf), in order.
    pub fn leaves_under(&self, k: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut todo = vec![k];
        while let Some(k) = todo.pop() {
            if self.nodes[k].is_leaf {
                found.push(k);
            }
            todo.extend(&self.nodes[k].children);
        }
        found.sort_unstable();
        found
    }
    /// From a node up to the root, itself first.
    pub fn path_up(&self, k: usize) -> Vec<usize> {
        std::iter::successors(Some(k), |&k| self.nodes[k].parent).collect()
    }
    /// The highest level.
    pub fn top_level(&self) -> u32 {
        self.nodes[self.root].level
    }
    /// Share of each node in the root: product of the weights down the tree, each divided by the sum over its siblings.
    /// `weights` are by node. Under arithmetic means this is d(root)/d(node).
    pub fn effective_weights(&self, weights: &[f64]) -> Vec<f64> {
        let mut share = vec![0.0; self.nodes.len()];
        share[self.root] = 1.0;
        for k in self.aggregates().rev() {
            let total = crate::sum::sum(self.nodes[k].children.iter().map(|&c| weights[c]));
            for &c in &self.nodes[k].children {
                share[c] = share[k] * weights[c] / total;
            }
        }
        share
    }
}

fn check_no_cycle<'a>(start: usize, parent: &[Option<usize>], code: impl Fn(usize) -> &'a str) -> Result<()> {
    let mut path = vec![start];
    let mut k = start;
    while let Some(up) = parent[k] {
        path.push(up);
        if up == start {
            let path: Vec<_> = path.into_iter().map(code).collect();
            return Err(IndexError::Cycle { path: path.join(" -> ") });
        }
        if path.len() > parent.len() {
            return Ok(()); // a cycle further up; reported from one of its own members
        }
        k = up;
    }
    Ok(())
}

fn set_level(k: usize, children: &[Vec<usize>], level: &mut [u32], declared: &dyn Fn(usize) -> Option<u32>) {
    let mut below = 0;
    for &c in &children[k] {
        set_level(c, children, level, declared);
        below = below.max(level[c]);
    }
    level[k] = declared(k).unwrap_or(below + 1);
}
