//! Which states of the model are one and the same for everything that can be done.

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
                let before = vault.before.values().flatten();
                let kept = vault.staged.values().chain(before);
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
        let kept = |(plan, term): (&usize, Option<u64>)| {
            let given = rank(self.terms[*plan]);
            let plan = (plans.binary_search(plan), self.plans[*plan], given);
            (plan, term.map(rank))
        };
        let vault = |vault: &Vault| {
            let current = vault.current.map(rank);
            let staged = vault.staged.iter().map(|(plan, term)| (plan, Some(*term)));
            let before = vault.before.iter().map(|(plan, term)| (plan, *term));
            let (staged, before): (Vec<_>, Vec<_>) =
                (staged.map(kept).collect(), before.map(kept).collect());
            format!("{current:?} {staged:?} {before:?}")
        };
        let place = |server: usize| names.iter().position(|known| *known == server);
        let open = self.open.as_ref().map(|open| {
            let plan = plans.binary_search(&open.plan).ok();
            let (candidate, incumbent) = (place(open.candidate), place(open.incumbent));
            let terms = rank(open.old_term);
            let done = (open.remembered, open.written, open.restarted);
            (plan, candidate, incumbent, terms, done, open.state)
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
