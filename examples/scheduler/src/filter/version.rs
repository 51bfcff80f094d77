//! What an image demands of the version of the hypervisor: `>=6.2,<9`.

use std::cmp::Ordering;

/// Whether hypervisor version `number` (6002003 is 6.2.3) meets every comparison in `demanded`. What cannot be read is
/// not met.
pub(super) fn met(number: i64, demanded: &str) -> bool {
    demanded.split(',').all(|part| comparison(number, part.trim()).unwrap_or(false))
}

fn comparison(number: i64, part: &str) -> Option<bool> {
    type Holds = fn(Ordering) -> bool;
    const OPERATORS: [(&str, Holds); 6] = [
        ("==", Ordering::is_eq),
        ("!=", Ordering::is_ne),
        (">=", Ordering::is_ge),
        ("<=", Ordering::is_le),
        (">", Ordering::is_gt),
        ("<", Ordering::is_lt),
    ];
    let (holds, version) =
        OPERATORS.iter().find_map(|(operator, holds)| Some((holds, part.strip_prefix(operator)?)))?;
    Some(holds(components(number).cmp(&parse(version.trim())?)))
}

/// The parts of a version: thousands of thousands. Zeros at the end do not count.
fn components(mut number: i64) -> Vec<i64> {
    let mut parts = Vec::new();
    while number > 0 {
        parts.insert(0, number % 1000);
        number /= 1000;
    }
    without_zeros(parts)
}

fn parse(text: &str) -> Option<Vec<i64>> {
    text.split('.').map(|part| part.parse().ok()).collect::<Option<_>>().map(without_zeros)
}

fn without_zeros(mut parts: Vec<i64>) -> Vec<i64> {
    while parts.last() == Some(&0) {
        parts.pop();
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_part_by_part_and_every_comparison_must_hold() {
        for (number, demanded, expected) in [
            (6_002_003, ">=6.2", true),
            (6_002_003, ">= 6.2.4", false),
            (6_000_000, "==6.0", true),
            (6_000_000, "==6", true),
            (10_000_000, ">9.9.9", true),
            (6_002_003, ">=6.0,<6.2", false),
            (6_002_003, ">=6.0, <7", true),
            (6_002_003, "!=6.2.3", false),
            (6_002_003, "6.2.3", false),
            (6_002_003, ">=six", false),
            (6_002_003, "", false),
        ] {
            assert_eq!(met(number, demanded), expected, "{number} {demanded:?}");
        }
    }
}
