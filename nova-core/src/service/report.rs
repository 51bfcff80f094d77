//! Diagnostic reports: what a service is doing, for a person.

use std::fmt;

/// A report of one service, in sections of lines. Secrets never go into it.
#[doc(alias = "Guru Meditation Report")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    name: String,
    sections: Vec<Section>,
}

/// One titled list of lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    title: String,
    lines: Vec<String>,
}

impl Report {
    /// An empty report about `name`.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), sections: Vec::new() }
    }

    /// The report with one more section.
    pub fn with(mut self, section: Section) -> Self {
        self.sections.push(section);
        self
    }

    /// The sections.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }
}

impl Section {
    /// A section with these lines.
    pub fn new(title: impl Into<String>, lines: impl IntoIterator<Item = String>) -> Self {
        Self { title: title.into(), lines: lines.into_iter().collect() }
    }

    /// The title.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The lines.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "=== {} ===", self.name)?;
        self.sections.iter().try_for_each(|section| section.fmt(f))
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "--- {} ---", self.title)?;
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}
