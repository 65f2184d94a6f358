//! A lane: a process or a thread, with bars for what takes time and marks for what happens at once.

#[derive(Clone, Debug, Default)]
pub struct Lane {
    pub name: String,
    pub bars: Vec<Bar>,
    pub marks: Vec<Mark>,
}

#[derive(Clone, Debug)]
pub struct Bar {
    /// `task`, `holds` or `waits`, which is also how it looks.
    pub class: &'static str,
    pub what: String,
    pub from: f64,
    pub to: f64,
    /// It hadn't ended when the run did.
    pub open: bool,
}

#[derive(Clone, Debug)]
pub struct Mark {
    /// `put`, `get` or `other`.
    pub class: &'static str,
    pub what: String,
    pub at: f64,
}

impl Lane {
    /// An event. `begins` and `ends`, `holds` and `releases` are the two ends of a bar; `waits for` is
    /// a bar until whatever the lane does next; all else is a mark.
    pub fn add(&mut self, at: f64, what: &str) {
        self.close("waits", None, at);
        let (verb, rest) = what.split_once(' ').unwrap_or((what, ""));
        let ended = match verb {
            "begins" => return self.begin("task", rest, at),
            "holds" => return self.begin("holds", rest, at),
            "waits" if rest.starts_with("for ") => return self.begin("waits", &rest[4..], at),
            "ends" => self.close("task", Some(rest), at),
            "releases" => self.close("holds", Some(rest), at),
            _ => false,
        };
        if !ended {
            let class = match verb.to_lowercase().as_str() {
                "put" | "puts" | "writes" | "sends" => "put",
                "get" | "gets" | "reads" | "receives" => "get",
                _ => "other",
            };
            self.marks.push(Mark { class, what: what.into(), at });
        }
    }

    fn begin(&mut self, class: &'static str, what: &str, at: f64) {
        self.bars.push(Bar { class, what: what.into(), from: at, to: at, open: true });
    }

    /// Ends the last open bar of that class and name. Returns whether there is one.
    fn close(&mut self, class: &str, what: Option<&str>, at: f64) -> bool {
        let is_it =
            |bar: &&mut Bar| bar.open && bar.class == class && what.is_none_or(|w| bar.what == w);
        let bar = self.bars.iter_mut().rev().find(is_it);
        bar.map(|bar| (bar.to, bar.open) = (at, false)).is_some()
    }

    /// The end of the run: what is still open stays so, except perhaps a wait.
    pub fn end(&mut self, at: f64, waits_end: bool) {
        if waits_end {
            self.close("waits", None, at);
        }
        self.bars.iter_mut().filter(|bar| bar.open).for_each(|bar| bar.to = at);
    }

    /// The forms that there are.
    pub fn classes(&self) -> impl Iterator<Item = &'static str> {
        let open = self.bars.iter().any(|bar| bar.open).then_some("open");
        let marks = self.marks.iter().map(|mark| mark.class);
        self.bars.iter().map(|bar| bar.class).chain(marks).chain(open)
    }

    /// For each bar, which row it is in: as few as they need not to overlap.
    pub fn rows(&self) -> Vec<usize> {
        let mut ends: Vec<f64> = Vec::new();
        let row = |bar: &Bar| {
            let free = ends.iter().position(|end| *end <= bar.from);
            let row = free.unwrap_or(ends.len());
            ends.resize(ends.len().max(row + 1), 0.0);
            ends[row] = if bar.open { f64::INFINITY } else { bar.to };
            row
        };
        self.bars.iter().map(row).collect()
    }
}

impl Bar {
    /// What it says of itself, from long to short: its look shows whether it waits or holds.
    pub fn labels(&self) -> [String; 2] {
        let what = &self.what;
        match self.class {
            "holds" => [format!("holds {what}"), what.clone()],
            "waits" => [format!("waits for {what}"), format!("for {what}")],
            _ => [what.clone(), what.clone()],
        }
    }
}

impl Mark {
    /// What it says of itself, from long to short: its form distinguishes a put from a get.
    pub fn labels(&self) -> [&str; 2] {
        let short = match (self.class, self.what.split_once(' ')) {
            ("put" | "get", Some((_, rest))) => rest,
            _ => &self.what,
        };
        [&self.what, short]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::tests::of;

    fn shown(lane: &Lane) -> Vec<String> {
        let bar = |bar: &Bar| {
            let end = if bar.open { " open" } else { "" };
            format!("{} {}-{}{end}", bar.labels()[0], bar.from, bar.to)
        };
        lane.bars.iter().map(bar).collect()
    }

    #[test]
    fn each_verb_has_its_meaning_and_all_else_is_a_mark() {
        let run =
            of(&["a: begins x", "a: holds A", "a: waits for B", "a: releases A", "a: ends x"]);
        assert_eq!(shown(&run.lanes[0]), ["x 0-4", "holds A 1-3", "waits for B 2-3"]);
        let others = ["a: waits", "a: beginsel", "a: endsieg", "a: releases A", "a: ends y"];
        let classes = of(&others).lanes[0].marks.iter().map(|mark| mark.class).collect::<Vec<_>>();
        assert_eq!(classes, ["other"; 5]);
    }

    #[test]
    fn a_wait_lasts_until_the_lanes_next_event() {
        let run = of(&["a: waits for B", "b: puts 1", "b: puts 2", "a: gets 1", "a: gets 2"]);
        assert_eq!(shown(&run.lanes[0]), ["waits for B 0-3"]);
        assert_eq!(run.lanes[0].marks[0].class, "get");
        assert_eq!(run.lanes[1].marks.len(), 2);
    }

    #[test]
    fn what_has_not_ended_is_open_until_the_run_ends() {
        let run = of(&["a: holds A", "a: waits for B"]);
        assert_eq!(shown(&run.lanes[0]), ["holds A 0-9 open", "waits for B 1-9 open"]);
        assert_eq!(run.lanes[0].rows(), [0, 1]);
    }

    #[test]
    fn the_verdict_ends_what_main_waits_for_and_nobody_elses_wait() {
        let run = of(&["main: waits for a", "a: waits for b", "broken: nobody came"]);
        assert_eq!(shown(&run.lanes[0]), ["waits for a 0-9"]);
        assert_eq!(shown(&run.lanes[1]), ["waits for b 1-9 open"]);
    }

    #[test]
    fn bars_end_by_name_and_rows_are_used_again() {
        let run = of(&["a: begins x", "a: begins y", "a: ends x", "a: begins z", "a: ends y"]);
        assert_eq!(shown(&run.lanes[0]), ["x 0-2", "y 1-4", "z 3-9 open"]);
        assert_eq!(run.lanes[0].rows(), [0, 1, 0]);
    }
}
