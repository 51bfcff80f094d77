//! From a run that fails to a shorter one that fails too.

/// What is left of `items` when everything is taken away that a failure does not need, in at most `budget` tries.
///
/// Halves are tried first, then quarters, and so on down to single items. `fails` runs what it is given and says whether
/// it fails in the same way. What is returned fails, and is `items` if nothing could be taken away.
///
/// # Example
/// ```
/// let items: Vec<u32> = (0..100).collect();
/// let fails = |items: &[u32]| items.contains(&17) && items.contains(&60);
/// assert_eq!(nova_sim::shrink(&items, 100, fails), [17, 60]);
/// ```
pub fn shrink<T: Clone>(items: &[T], budget: usize, mut fails: impl FnMut(&[T]) -> bool) -> Vec<T> {
    let mut left = items.to_vec();
    let mut tries = 0;
    let mut size = left.len().div_ceil(2);
    while size > 0 && tries < budget {
        let mut at = 0;
        let mut shorter = false;
        while at < left.len() && tries < budget {
            let mut without = left.clone();
            without.drain(at..(at + size).min(left.len()));
            tries += 1;
            if fails(&without) {
                left = without;
                shorter = true;
            } else {
                at += size;
            }
        }
        if size > 1 || !shorter {
            size /= 2;
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::shrink;

    #[test]
    fn what_cannot_be_shrunk_is_left_as_it_is() {
        assert_eq!(shrink(&[1, 2, 3], 100, |items| items.len() == 3), [1, 2, 3]);
    }

    #[test]
    fn nothing_is_tried_beyond_the_budget() {
        let mut tries = 0;
        let items: Vec<u32> = (0..1000).collect();
        let left = shrink(&items, 10, |items| {
            tries += 1;
            items.contains(&999)
        });
        assert_eq!(tries, 10);
        assert!(left.contains(&999) && left.len() < 10);
    }
}
