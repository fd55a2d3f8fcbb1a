//! Which states of the model are one and the same for everything that can be done.

use std::collections::BTreeMap;

use super::ideal::{Model, SERVERS, Vault};

impl Model {
    /// The model without what makes no difference to anything that can be done: which server has
    /// which name, how high a term is as long as the order is kept, and what nothing ever reads.
    pub(crate) fn shape(&self) -> String {
        const ORDERS: [[usize; SERVERS]; 6] = [
            [0, 1, 2],
            [0, 2, 1],
            [1, 0, 2],
            [1, 2, 0],
            [2, 0, 1],
            [2, 1, 0],
        ];
        let shapes = ORDERS.map(|order| self.shape_in(order));
        shapes.into_iter().min().unwrap_or_default()
    }

    fn shape_in(&self, names: [usize; SERVERS]) -> String {
        let all = || self.vaults.iter().chain(self.older.iter().flatten());
        let mut terms: Vec<u64> = all()
            .flat_map(|vault| {
                let kept = vault.staged.values().chain(vault.before.values());
                vault.current.iter().chain(kept).copied()
            })
            .chain([self.term, self.highest])
            .collect();
        terms.sort_unstable();
        terms.dedup();
        let rank = |term: u64| terms.binary_search(&term).unwrap_or(usize::MAX);
        let mut plans: Vec<usize> = all()
            .flat_map(|vault| vault.staged.keys().chain(vault.before.keys()).copied())
            .collect();
        plans.sort_unstable();
        plans.dedup();
        let files = |files: &BTreeMap<usize, u64>| -> Vec<_> {
            let file = |(plan, term): (&usize, &u64)| {
                (plans.binary_search(plan), self.plans[*plan], rank(*term))
            };
            files.iter().map(file).collect()
        };
        let vault = |vault: &Vault| {
            let current = vault.current.map(rank);
            format!(
                "{current:?} {:?} {:?}",
                files(&vault.staged),
                files(&vault.before)
            )
        };
        let place = |server: usize| names.iter().position(|known| *known == server);
        let open = self.open.as_ref().map(|open| {
            let plan = plans.binary_search(&open.plan).ok();
            let (candidate, incumbent) = (place(open.candidate), place(open.incumbent));
            let terms = (rank(open.old_term), open.new_term > self.highest);
            (plan, candidate, incumbent, terms, open.written, open.state)
        });
        let vaults = names.map(|server| vault(&self.vaults[server]));
        let older = names.map(|server| self.older[server].as_ref().map(vault));
        let terms = (rank(self.term), rank(self.highest));
        format!(
            "{:?} {terms:?} {open:?} {vaults:?} {older:?}",
            place(self.master)
        )
    }
}
