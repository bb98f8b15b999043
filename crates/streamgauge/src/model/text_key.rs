//! What tells a text from all others, in two words; and what a short one that ends in a number is made of.

/// Texts of up to so many bytes are their own key.
const SHORT: usize = 15;

/// A short text: its bytes, and in the last byte how many there are. A long one: its hash, and a mark.
pub(crate) type Key = (u64, u64);

/// The mark of a long text's key.
const LONG: u64 = u64::MAX;

/// Where a short text's key has the number of its bytes.
const LENGTH: u32 = 56;

/// Texts of up to so many bytes stand in Arrow's view itself.
pub(crate) const IN_VIEW: u32 = 12;

/// Spreads numbers over all bits, of which the upper ones are best (2⁶⁴ / golden ratio).
pub(crate) const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// What a text that ends in a number begins with, which tells it from all others; and the number.
pub(super) type Numbered = (Before, u32);

/// The letters before a number, the last one on top, and at the bottom how many there are.
pub(super) type Before = (u64, u64);

/// The key of a long text with that hash.
pub(super) const fn long_key(hash: u64) -> Key {
    (hash, LONG)
}

/// Whether a key is a short text's: two short texts have one key only if they are the same.
pub(super) const fn is_short(key: Key) -> bool {
    key.1 != LONG
}

/// The key of a short text, from two loads that may overlap.
#[inline]
pub(crate) fn short_key(text: &str) -> Option<Key> {
    let bytes = text.as_bytes();
    let n = bytes.len();
    if n > SHORT {
        return None;
    }
    let mark = (n as u64) << LENGTH;
    if let Some((first, rest)) = bytes.split_first_chunk::<8>() {
        let last = *bytes.last_chunk::<8>()?;
        let rest_bits = 8 * rest.len() as u32;
        // The last eight bytes hold the rest in their upper part.
        let rest = u64::from_le_bytes(last).checked_shr(64 - rest_bits).unwrap_or(0);
        return Some((u64::from_le_bytes(*first), rest | mark));
    }
    let few = match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << (8 * (n - 4))
        }
        _ => bytes.iter().rev().fold(0, |few, byte| few << 8 | u64::from(*byte)),
    };
    Some((few, mark))
}

/// By the length of a text, up to one that does not stand in its view: the bits of the view that tell it from others.
const TOLD: [u128; IN_VIEW as usize + 2] = {
    let mut told = [u64::MAX as u128; IN_VIEW as usize + 2];
    let mut n = 0;
    while n <= IN_VIEW {
        told[n as usize] = u128::MAX >> (8 * (IN_VIEW - n));
        n += 1;
    }
    told
};

/// What a view tells of a text, whoever made it: its length, and all of it with zeros behind it, or its first bytes.
#[inline]
pub(crate) const fn told(view: u128) -> u128 {
    let n = view as u32;
    view & TOLD[if n <= IN_VIEW { n as usize } else { TOLD.len() - 1 }]
}

/// As [`short_key`], of a text in Arrow's view where all of it stands there: its length, then its bytes, then zeros.
#[inline]
pub(crate) const fn short_key_of_view(view: u128) -> Option<Key> {
    let n = view as u32;
    if n > IN_VIEW {
        return None;
    }
    let view = told(view);
    Some(((view >> 32) as u64, (view >> 96) as u64 | (n as u64) << LENGTH))
}

/// Divides the key of a short text that ends in a number of at most eight digits, as `PAY-12345` does. The number is all digits at the end, and none
/// of several begins with zero: so the two parts are those of no other text.
#[inline]
pub(super) const fn numbered((low, high): Key) -> Option<Numbered> {
    const ZEROS: u64 = u64::from_ne_bytes([b'0'; 8]);
    const TOPS: u64 = u64::from_ne_bytes([0x80; 8]);
    /// Added to more than nine, it sets a byte's top bit.
    const BEYOND_NINE: u64 = u64::from_ne_bytes([0x80 - 10; 8]);
    let n = (high >> LENGTH) as u32;
    if n.wrapping_sub(1) >= SHORT as u32 {
        return None;
    }
    // The last letter on top; the lowest byte is empty, as it was the length's.
    let text = ((high as u128) << 64 | low as u128) << (u128::BITS - 8 * n);
    // What is no digit is more than nine here.
    let digits = (text >> 64) as u64 ^ ZEROS;
    let others = (((digits & !TOPS) + BEYOND_NINE) | digits) & TOPS;
    let n_digits = others.leading_zeros() / 8;
    let before = text << (8 * n_digits);
    let is_longer = n_digits == 8 && ((before >> 120) as u8).is_ascii_digit();
    if n_digits == 0 || is_longer {
        return None;
    }
    let unused = 64 - 8 * n_digits;
    if n_digits > 1 && (digits >> unused) as u8 == 0 {
        return None;
    }
    // Neighbours are joined, in three rounds: digits to pairs, to fours, to all.
    let digits = digits >> unused << unused;
    let pairs = digits.wrapping_mul(10 << 8 | 1) >> 8 & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100 << 16 | 1) >> 16 & 0x0000_ffff_0000_ffff;
    let number = fours.wrapping_mul(10_000 << 32 | 1) >> 32;
    let length = (n - n_digits) as u64;
    Some(((before as u64 | length, (before >> 64) as u64), number as u32))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn of(text: &str) -> Option<Numbered> {
        short_key(text).and_then(numbered)
    }

    /// Letter by letter.
    fn before(text: &str) -> Before {
        let letters = text.bytes().rev().take(SHORT).zip(1..);
        let before =
            letters.fold(text.len() as u128, |before, (letter, i)| before | u128::from(letter) << (128 - 8 * i));
        (before as u64, (before >> 64) as u64)
    }

    #[test]
    fn short_texts_are_their_own_keys() {
        // All of one letter, with zeros at their ends, that differ in one byte, of every length around the short ones.
        let plain = (0..40).map(|n| "a".repeat(n));
        let zeros = (0..40).map(|n| format!("{}\0", "a".repeat(n)));
        let others = (0..40).flat_map(|n| (0..n).map(move |i| format!("{}b{}", "a".repeat(i), "a".repeat(n - i))));
        let texts: HashSet<String> = plain.chain(zeros).chain(others).collect();
        let short: HashSet<Key> = texts.iter().filter_map(|text| short_key(text)).collect();
        assert_eq!(short.len(), texts.iter().filter(|text| text.len() <= SHORT).count());
        assert!(short.iter().all(|key| is_short(*key)) && !is_short(long_key(0)));
    }

    /// Of every length that a view holds, with something else behind the text, and one letter more.
    #[test]
    fn views_have_the_keys_of_their_texts() {
        for n in 0..=IN_VIEW as usize + 3 {
            let text = &"PAY-123456789éx"[..n.min(13)];
            let view = arrow_data_view(text);
            let expected = short_key(text).filter(|_| text.len() <= IN_VIEW as usize);
            for rubbish in [0, u128::MAX] {
                let unused = 32 + 8 * text.len() as u32;
                let view = view | rubbish.checked_shl(unused).unwrap_or(0);
                assert_eq!(short_key_of_view(view), expected, "{text}");
            }
        }
    }

    /// As Arrow has it: the length, then the text or its first letters.
    fn arrow_data_view(text: &str) -> u128 {
        let letters = text.bytes().take(IN_VIEW as usize).zip(0..);
        letters.fold(text.len() as u128, |view, (letter, i)| view | u128::from(letter) << (32 + 8 * i))
    }

    #[test]
    fn texts_that_end_in_a_number() {
        for before in ["", "P", "PAY-", "a1b", "PAYMENTS", "é#", "x/", "x:", "\0", "\u{7f}", "7_"] {
            for number in [0, 7, 10, 99, 12_345, 1_000_000, 12_345_678, 99_999_999] {
                let text = format!("{before}{number}");
                let expected = (text.len() <= SHORT).then(|| (self::before(before), number));
                assert_eq!(of(&text), expected, "{text}");
            }
        }
    }

    #[test]
    fn others_are_not_divided() {
        for text in ["", "PAY", "PAY-", "PAY-7x", "PAY-01", "00", "PAY-00", "123456789", "P123456789", "PAY-1234567890"]
        {
            assert_eq!(of(text), None, "{text}");
        }
        assert_eq!(numbered(long_key(u64::MAX)), None);
    }

    /// Every text of some letters, that are digits or stand beside them: whoever has the same parts is the same.
    #[test]
    fn the_parts_are_those_of_no_other_text() {
        let letters = ["0", "1", "9", "/", ":", "-"];
        let mut texts = vec![String::new()];
        for _ in 0..5 {
            let longer: Vec<_> =
                texts.iter().flat_map(|text| letters.map(|letter| format!("{text}{letter}"))).collect();
            texts = longer;
            for text in &texts {
                let n = text.len() - text.bytes().rev().take_while(u8::is_ascii_digit).count();
                let (begins, digits) = text.split_at(n);
                let is_number = !digits.is_empty() && (digits.len() == 1 || !digits.starts_with('0'));
                let expected = is_number.then(|| (before(begins), digits.parse().unwrap()));
                assert_eq!(of(text), expected, "{text}");
            }
        }
    }
}
