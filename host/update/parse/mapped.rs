//! A text made from pieces of a source, that knows where each came from.

use std::ops::Range;

use crate::source::Span;

/// A text and, for every part of it, the place in the source it stands for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mapped {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone)]
struct Piece {
    /// Its first byte in the text.
    at: usize,
    /// Its place in the source.
    origin: Range<usize>,
    /// Whether text and source agree byte for byte.
    verbatim: bool,
}

impl Mapped {
    /// The text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Appends a part of the source as it is.
    pub(crate) fn copy(&mut self, source: &str, origin: Range<usize>) {
        if !origin.is_empty() {
            self.add(&source[origin.clone()], origin, true);
        }
    }

    /// Appends a text that stands for a place in the source.
    pub(crate) fn put(&mut self, text: &str, origin: Range<usize>) {
        self.add(text, origin, false);
    }

    /// Appends a part of another text, which came from the same source.
    pub(crate) fn append(&mut self, other: &Self, range: Range<usize>) {
        let first = other
            .pieces
            .partition_point(|piece| piece.at <= range.start);
        for index in first.saturating_sub(1)..other.pieces.len() {
            let piece = &other.pieces[index];
            if piece.at >= range.end {
                break;
            }
            let next = other.pieces.get(index + 1);
            let end = next.map_or(other.text.len(), |next| next.at).min(range.end);
            let start = piece.at.max(range.start);
            if start >= end {
                continue;
            }
            let origin = if piece.verbatim {
                let place = |at: usize| at - piece.at + piece.origin.start;
                place(start)..place(end)
            } else {
                piece.origin.clone()
            };
            self.add(&other.text[start..end], origin, piece.verbatim);
        }
    }

    /// Where in the source a part of the text came from.
    pub(crate) fn span(&self, range: Range<usize>) -> Span {
        let start = self.origin(range.start, false);
        let end = if range.is_empty() {
            start
        } else {
            self.origin(range.end, true)
        };
        Span::new(start, end.max(start))
    }

    /// The source offset of a text offset, seen from the piece before it or the piece after it.
    fn origin(&self, at: usize, before: bool) -> usize {
        let index = if before {
            self.pieces.partition_point(|piece| piece.at < at)
        } else {
            self.pieces.partition_point(|piece| piece.at <= at)
        };
        let Some(piece) = index.checked_sub(1).and_then(|i| self.pieces.get(i)) else {
            return self.pieces.first().map_or(0, |piece| piece.origin.start);
        };
        if piece.verbatim {
            (piece.origin.start + (at - piece.at)).min(piece.origin.end)
        } else if before {
            piece.origin.end
        } else {
            piece.origin.start
        }
    }

    fn add(&mut self, text: &str, origin: Range<usize>, verbatim: bool) {
        let at = self.text.len();
        self.text.push_str(text);
        self.pieces.push(Piece {
            at,
            origin,
            verbatim,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_knows_where_it_came_from() {
        let source = "ab&cd";
        let mut view = Mapped::default();
        view.copy(source, 0..2);
        view.put("&amp;", 2..3);
        view.copy(source, 3..5);
        assert_eq!(view.text(), "ab&amp;cd");
        assert_eq!(view.span(0..2), Span::new(0, 2));
        assert_eq!(view.span(2..7), Span::new(2, 3));
        assert_eq!(view.span(1..8), Span::new(1, 4));
        assert_eq!(view.span(9..9), Span::new(5, 5));
        let mut part = Mapped::default();
        part.append(&view, 1..8);
        assert_eq!(part.text(), "b&amp;c");
        assert_eq!(part.span(6..7), Span::new(3, 4));
    }
}
