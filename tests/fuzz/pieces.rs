//! Takes an input apart, where the input is not itself what regent reads.

/// What is left of an input. Where nothing is left, numbers are zero and texts empty.
pub(crate) struct Pieces<'a>(&'a [u8]);

impl<'a> Pieces<'a> {
    /// The whole input.
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// One byte.
    pub(crate) fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or(0)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::from(self.byte()) % limit
    }

    /// Any number: mostly a small one, since most places are near the beginning.
    pub(crate) fn number(&mut self) -> u32 {
        match self.byte() {
            0xff => {
                let mut bytes = [0; 4];
                let taken = self.take(4);
                bytes[..taken.len()].copy_from_slice(taken);
                u32::from_le_bytes(bytes)
            }
            small => u32::from(small),
        }
    }

    /// Text up to the next `|`; what begins with `*` is said 200 times, so that it is long.
    pub(crate) fn text(&mut self) -> String {
        let end = self.0.iter().position(|byte| *byte == b'|');
        let taken = self.take(end.unwrap_or(self.0.len()));
        self.take(1);
        match taken.strip_prefix(b"*") {
            Some(again) => String::from_utf8_lossy(&again.repeat(200)).into_owned(),
            None => String::from_utf8_lossy(taken).into_owned(),
        }
    }

    /// Everything that is left.
    pub(crate) fn rest(self) -> &'a [u8] {
        self.0
    }

    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        taken
    }
}
