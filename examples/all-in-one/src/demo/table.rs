//! A table of servers, as a terminal shows it.

use std::time::Duration;

/// One server.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) status: String,
    pub(super) host: String,
    pub(super) took: Duration,
}

const HEADINGS: [&str; 5] = ["ID", "Name", "Status", "Host", "Boot time"];

/// The rows under their headings, columns as wide as they need.
pub(super) fn render(rows: &[Row]) -> String {
    let cells: Vec<[String; 5]> = rows.iter().map(cells).collect();
    let width = |column: usize| {
        let longest = cells.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        longest.max(HEADINGS[column].len())
    };
    let widths: [usize; 5] = std::array::from_fn(width);
    let rule = widths.map(|width| "-".repeat(width + 2)).join("+");
    let line = |row: [&str; 5]| {
        let padded: [String; 5] =
            std::array::from_fn(|column| format!(" {:<1$} ", row[column], widths[column]));
        format!("|{}|\n", padded.join("|"))
    };
    let body: String = cells.iter().map(|row| line(row.each_ref().map(String::as_str))).collect();
    format!("+{rule}+\n{}+{rule}+\n{body}+{rule}+\n", line(HEADINGS))
}

fn cells(row: &Row) -> [String; 5] {
    let Row { id, name, status, host, took } = row;
    [id.clone(), name.clone(), status.clone(), host.clone(), format!("{took:.0?}")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_a_table_is_equally_long() {
        let row = |name: &str| Row {
            id: "1".into(),
            name: name.into(),
            status: "ACTIVE".into(),
            host: "host-1".into(),
            took: Duration::from_millis(1234),
        };
        let table = render(&[row("a"), row("a much longer name")]);
        let widths: std::collections::BTreeSet<_> = table.lines().map(str::len).collect();
        assert_eq!(widths.len(), 1, "{table}");
        assert!(table.contains("| a                  |"), "{table}");
    }
}
