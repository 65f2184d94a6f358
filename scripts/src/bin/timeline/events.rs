//! What happened in a run: when, and in which lane.

/// A line of a program's output, and the seconds since its start.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub at: f64,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub at: f64,
    /// A process or a thread.
    pub lane: String,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq)]
pub enum What {
    Begins(String),
    Ends(String),
    Holds(String),
    Releases(String),
    /// Until whatever the lane does next.
    Waits(String),
    Says(String),
}

/// All that a run told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Story {
    pub events: Vec<Event>,
    pub ended: f64,
    /// `broken: …` or `fixed: …`
    pub verdict: Option<String>,
}

impl Event {
    pub fn new(at: f64, lane: impl Into<String>, what: What) -> Self {
        Event { at, lane: lane.into(), what }
    }
}

impl Story {
    /// The same, where the first event is at 0.
    pub fn since_first_event(mut self) -> Self {
        let first = self.events.iter().map(|event| event.at).reduce(f64::min).unwrap_or(0.0);
        self.events.iter_mut().for_each(|event| event.at -= first);
        self.ended -= first;
        self
    }
}
