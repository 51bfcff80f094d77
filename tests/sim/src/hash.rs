//! A hash that is the same on every machine and in every build.

/// FNV-1a of 64 bits: small, and its order of bytes is its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hash(u64);

impl Hash {
    pub(crate) const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    pub(crate) fn mix(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    pub(crate) fn value(self) -> u64 {
        self.0
    }
}

/// A number for each label of a seed.
pub(crate) fn derive(seed: u64, label: &str, count: u64) -> u64 {
    let mut hash = Hash::new();
    hash.mix(&seed.to_le_bytes());
    hash.mix(label.as_bytes());
    hash.mix(&count.to_le_bytes());
    hash.value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_what_it_is_everywhere() {
        let mut hash = Hash::new();
        hash.mix(b"foobar");
        assert_eq!(hash.value(), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn seed_label_and_count_each_make_another_number() {
        let all = [derive(1, "a", 0), derive(2, "a", 0), derive(1, "b", 0), derive(1, "a", 1)];
        assert!((0..4).all(|one| (0..one).all(|other| all[one] != all[other])));
    }
}
