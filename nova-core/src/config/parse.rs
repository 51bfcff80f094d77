//! The file format: sections, assignments, continuation lines, comments.
//!
//! Knows no option: it turns text into assignments, each with its line, and says which lines are neither. It never
//! repeats the text of a line it does not understand, because that may be half of a password.

/// More mistakes than this in one file are not reported one by one.
const MAX_MISTAKES: usize = 50;

/// One `key = value`, with continuation lines joined by a line feed. The value is as written, quotes included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Assignment {
    pub(crate) group: String,
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) line: u32,
}

/// A line that means nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub(crate) line: u32,
    pub(crate) what: &'static str,
}

/// What a file says.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    pub(crate) assignments: Vec<Assignment>,
    pub(crate) mistakes: Vec<Mistake>,
}

/// Reads a whole file. Never fails: what it cannot read is in [`Parsed::mistakes`].
pub(crate) fn parse(text: &str) -> Parsed {
    let mut parser = Parser { parsed: Parsed::default(), group: None, open: Open::Nothing };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (line, number) in text.lines().zip(1u32..) {
        parser.line(line.trim_end(), number);
    }
    parser.parsed
}

/// The name a section is compared by: only `DEFAULT` is spelled in capitals.
pub(crate) fn normal_group(name: &str) -> String {
    if name == "DEFAULT" { name.to_owned() } else { name.to_lowercase() }
}

/// The name a key is compared by.
pub(crate) fn normal_key(name: &str) -> String {
    name.replace('-', "_")
}

struct Parser {
    parsed: Parsed,
    group: Option<String>,
    open: Open,
}

/// What a continuation line would continue.
enum Open {
    /// Nothing: a continuation line is a mistake.
    Nothing,
    /// The last assignment.
    Assignment,
    /// A line that was itself a mistake; one report is enough.
    Mistake,
}

impl Parser {
    fn line(&mut self, line: &str, number: u32) {
        if line.is_empty() {
            self.open = Open::Nothing;
        } else if line.starts_with([' ', '\t']) {
            self.continuation(line.trim_start(), number);
        } else if line.starts_with(['#', ';']) {
            self.open = Open::Nothing;
        } else if let Some(rest) = line.strip_prefix('[') {
            self.section(rest, number);
        } else {
            self.assignment(line, number);
        }
    }

    fn continuation(&mut self, text: &str, number: u32) {
        match (&self.open, self.parsed.assignments.last_mut()) {
            (Open::Assignment, Some(assignment)) => {
                assignment.value.push('\n');
                assignment.value.push_str(text);
            }
            (Open::Mistake, _) => {}
            _ => self.mistake(number, "an indented line continues a value, and there is none before it"),
        }
    }

    fn section(&mut self, rest: &str, number: u32) {
        self.open = Open::Nothing;
        match rest.strip_suffix(']') {
            Some("") => self.mistake(number, "a section needs a name between its brackets"),
            Some(name) => self.group = Some(normal_group(name)),
            None => self.mistake(number, "a section must end with ']' and nothing after it"),
        }
    }

    fn assignment(&mut self, line: &str, number: u32) {
        let Some((key, value)) = line.split_once(['=', ':']) else {
            return self.mistake(number, "neither a section, a comment nor 'option = value'");
        };
        let key = normal_key(key.trim());
        if key.is_empty() {
            return self.mistake(number, "an option name must stand before '='");
        }
        let Some(group) = self.group.clone() else {
            return self.mistake(number, "a section such as [DEFAULT] must come before the first option");
        };
        self.open = Open::Assignment;
        let value = value.trim().to_owned();
        self.parsed.assignments.push(Assignment { group, key, value, line: number });
    }

    fn mistake(&mut self, line: u32, what: &'static str) {
        self.open = Open::Mistake;
        if self.parsed.mistakes.len() < MAX_MISTAKES {
            self.parsed.mistakes.push(Mistake { line, what });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Vec<(String, String, String, u32)> {
        let parsed = parse(text);
        assert_eq!(parsed.mistakes, [], "{text}");
        parsed.assignments.into_iter().map(|a| (a.group, a.key, a.value, a.line)).collect()
    }

    fn one(group: &str, key: &str, value: &str, line: u32) -> (String, String, String, u32) {
        (group.into(), key.into(), value.into(), line)
    }

    #[test]
    fn equals_and_colon_both_assign_and_the_first_of_them_counts() {
        let text = "[DEFAULT]\na = b:c\nd: e=f\n";
        assert_eq!(read(text), [one("DEFAULT", "a", "b:c", 2), one("DEFAULT", "d", "e=f", 3)]);
    }

    #[test]
    fn indented_lines_continue_a_value_even_if_they_look_like_comments() {
        assert_eq!(
            read("[DEFAULT]\na = 1,\n\t2,\n  # 3\nb = 4"),
            [one("DEFAULT", "a", "1,\n2,\n# 3", 2), one("DEFAULT", "b", "4", 5)]
        );
    }

    #[test]
    fn groups_ignore_case_and_keys_take_dashes_for_underscores() {
        assert_eq!(read("; c\n[Upgrade_Levels]\r\nmax-x = 1\r\n"), [one("upgrade_levels", "max_x", "1", 3)]);
    }

    #[test]
    fn a_byte_order_mark_is_not_part_of_the_first_line() {
        assert_eq!(read("\u{feff}[DEFAULT]\na=1"), [one("DEFAULT", "a", "1", 2)]);
    }

    #[test]
    fn every_mistake_is_reported_with_its_line_and_none_twice() {
        let parsed = parse("a = 1\n[DEFAULT\n[]\nnonsense\n  more of it\n\n  stray\n[x]\n= 3\nok = 1\n");
        let lines: Vec<u32> = parsed.mistakes.iter().map(|mistake| mistake.line).collect();
        assert_eq!(lines, [1, 2, 3, 4, 7, 9]);
        assert_eq!(parsed.assignments.len(), 1);
    }

    #[test]
    fn a_file_of_mistakes_does_not_make_an_endless_report() {
        assert_eq!(parse(&"nonsense\n\n".repeat(5000)).mistakes.len(), MAX_MISTAKES);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,300}") {
            parse(&text);
        }

        #[test]
        fn no_arrangement_of_the_meaningful_characters_makes_the_parser_panic_or_lose_count(
            text in "[\\[\\]=:#; \t\r\na\"'$\u{feff}é]{0,120}"
        ) {
            let parsed = parse(&text);
            let last = u32::try_from(text.lines().count()).unwrap();
            prop_assert!(parsed.assignments.iter().all(|a| a.line >= 1 && a.line <= last && !a.key.is_empty()));
            prop_assert!(parsed.mistakes.iter().all(|m| m.line >= 1 && m.line <= last));
        }

        #[test]
        fn what_was_written_is_read_back_with_its_line(
            lines in proptest::collection::vec(("[a-z][a-z0-9_]{0,12}", "[!-~]([ -~]{0,20}[!-~])?", 0usize..4), 0..20)
        ) {
            let mut text = String::from("[g]\n");
            let mut expected = Vec::new();
            for (key, value, blanks) in lines {
                text.push_str(&"\n".repeat(blanks));
                let line = u32::try_from(text.lines().count()).unwrap() + 1;
                text.push_str(&format!("{key} = {value}\n"));
                expected.push(Assignment { group: "g".into(), key, value, line });
            }
            let parsed = parse(&text);
            prop_assert_eq!(parsed.assignments, expected);
            prop_assert!(parsed.mistakes.is_empty());
        }
    }
}
