//! Places the labels of a lane's marks: beside the mark, or as a flag on a pole above it, so that no
//! label covers another, a mark or a pole. One that finds no room is left out; its tooltip stays.

use crate::text;

/// Half of a mark's width.
pub const MARK: f64 = 6.0;
const GAP: f64 = 5.0;
const MOST_ROWS: usize = 4;

#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    pub text: String,
    /// 0 is beside the mark, the others are above.
    pub row: usize,
    /// The text's two ends.
    pub from: f64,
    pub to: f64,
    /// The mark's place.
    pub mark: f64,
}

/// What is there already.
struct Placed<'a> {
    marks: &'a [(f64, [&'a str; 2])],
    labels: Vec<Label>,
    room: (f64, f64),
}

/// One for each mark, if it has room. Marks are given by their place and texts, long and short.
pub fn place(marks: &[(f64, [&str; 2])], room: (f64, f64)) -> Vec<Option<Label>> {
    let mut placed = Placed { marks, labels: Vec::new(), room };
    let mut labels = vec![None; marks.len()];
    // From the right: then a flag points away from the poles that are there already.
    for (index, (x, [long, short])) in marks.iter().enumerate().rev() {
        let label = placed.find(*x, long, 230.0).or_else(|| placed.find(*x, short, 80.0));
        placed.labels.extend(label.clone());
        labels[index] = label;
    }
    labels
}

impl Placed<'_> {
    fn find(&self, mark: f64, text: &str, most: f64) -> Option<Label> {
        let text = text::shortened(text, text::SIZE, most).filter(|text| !text.is_empty())?;
        let width = text::width(&text, text::SIZE);
        (0..=MOST_ROWS).find_map(|row| {
            let away = if row == 0 { MARK + 2.0 } else { 3.0 };
            [mark + away, mark - away - width].into_iter().find_map(|from| {
                let label = Label { text: text.clone(), row, from, to: from + width, mark };
                self.is_free(&label).then_some(label)
            })
        })
    }

    fn is_free(&self, new: &Label) -> bool {
        let inside = self.room.0 <= new.from && new.to <= self.room.1;
        let on_mark = new.row == 0 && self.marks.iter().any(|(x, _)| new.covers(*x, MARK));
        let on_label = self.labels.iter().any(|old| match old.row {
            row if row == new.row => old.from < new.to + GAP && new.from < old.to + GAP,
            row if row > new.row => new.covers(old.mark, 1.0),
            _ => old.covers(new.mark, 1.0),
        });
        inside && !on_mark && !on_label
    }
}

impl Label {
    fn covers(&self, x: f64, half: f64) -> bool {
        self.from < x + half && x - half < self.to
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: (f64, f64) = (100.0, 740.0);

    fn placed(xs: &[f64], text: &str) -> Vec<Option<Label>> {
        let marks: Vec<_> = xs.iter().map(|x| (*x, [text, text])).collect();
        place(&marks, ROOM)
    }

    fn assert_apart(labels: &[Label], marks: &[f64]) {
        for (i, one) in labels.iter().enumerate() {
            assert!(ROOM.0 <= one.from && one.to <= ROOM.1, "{one:?}");
            assert!(one.row > 0 || marks.iter().all(|mark| !one.covers(*mark, 1.0)), "{one:?}");
            for other in &labels[i + 1..] {
                assert!(one.row != other.row || one.to < other.from || other.to < one.from);
                let (low, high) = if one.row < other.row { (one, other) } else { (other, one) };
                assert!(low.row == high.row || !low.covers(high.mark, 0.5), "{low:?} {high:?}");
            }
        }
    }

    #[test]
    fn one_with_room_stands_beside_its_mark_and_at_the_edge_on_its_left() {
        let labels = placed(&[200.0, 735.0], "puts A");
        let labels: Vec<_> = labels.into_iter().flatten().collect();
        assert_eq!((labels[0].row, labels[1].row), (0, 0));
        assert!(labels[0].from > 200.0 && labels[1].to < 735.0);
    }

    #[test]
    fn labels_never_cover_each_other_however_near_the_marks_are() {
        for step in [0.0, 0.5, 3.0, 11.0, 25.0, 60.0] {
            for text in ["A", "puts A", "a text that is longer than most others are"] {
                let xs: Vec<_> =
                    (0..40).map(|i| (105.0 + step * f64::from(i)).min(740.0)).collect();
                let all = placed(&xs, text);
                let labels: Vec<_> = all.into_iter().flatten().collect();
                assert!(!labels.is_empty());
                assert_apart(&labels, &xs);
            }
        }
    }

    #[test]
    fn marks_at_one_place_have_their_labels_above_each_other() {
        let labels = placed(&[300.0, 300.0, 300.0], "puts A");
        assert_eq!(labels.iter().flatten().count(), 3);
    }
}
