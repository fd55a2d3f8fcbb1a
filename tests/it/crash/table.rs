//! The matrix as a table: a row a fail point, a column an action and a way, in each the outcomes.

use std::collections::BTreeMap;

use super::attack::{Action, Way};
use super::scene::End;

/// The width of the fail points' names, and of a column.
const WIDTHS: (usize, usize) = (44, 9);

/// How often each way from each crash ended how.
#[derive(Default)]
pub(super) struct Table {
    /// Fail points in the order in which a run passes them.
    points: Vec<String>,
    counts: BTreeMap<(String, Action, Way, End), usize>,
}

impl Table {
    pub(super) fn count(&mut self, point: &str, action: Action, way: Way, end: End) {
        if !self.points.iter().any(|known| known == point) {
            self.points.push(point.to_owned());
        }
        let cell = (point.to_owned(), action, way, end);
        *self.counts.entry(cell).or_default() += 1;
    }

    pub(super) fn text(&self, title: &str) -> String {
        let cells: usize = self.counts.values().sum();
        let row = |name: &str, cell: &dyn Fn(Action, Way) -> String| {
            let (wide, narrow) = WIDTHS;
            let mut line = format!("{name:<wide$}");
            for action in Action::ALL {
                for way in Way::ALL {
                    line.push_str(&format!("{:<narrow$}", cell(action, way)));
                }
            }
            format!("{}\n", line.trim_end())
        };
        let mut text = format!("{title}: {cells} cells; P promoted, B as before\n\n");
        text.push_str(&row("", &|action, way| match way {
            Way::Resume => action.name().to_owned(),
            _ => String::new(),
        }));
        text.push_str(&row("fail point", &|_, way| way.name().to_owned()));
        for point in &self.points {
            text.push_str(&row(point, &|action, way| self.cell(point, action, way)));
        }
        text
    }

    fn cell(&self, point: &str, action: Action, way: Way) -> String {
        let counts = [(End::Promoted, 'P'), (End::AsBefore, 'B')].map(|(end, letter)| {
            let count = self.counts.get(&(point.to_owned(), action, way, end));
            count.map(|count| format!("{count}{letter}"))
        });
        counts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}
