//! Which addresses the subnets of a network get.

use model::{Cidr, Problem};

/// The blocks that the stack program chooses itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Blocks {
    pub(super) public: Option<Vec<Cidr>>,
    pub(super) private: Option<Vec<Cidr>>,
}

/// One zone and the addresses of its subnets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Zone {
    pub(super) letter: char,
    pub(super) public: Cidr,
    pub(super) private: Cidr,
}

/// More zones than any Region has; half of the blocks a network is divided into.
const MOST_ZONES: u8 = 8;
/// Four bits make sixteen blocks: one for each tier of each zone.
const BITS: u8 = 4;
/// AWS: EC2 API Reference, CreateVpc and CreateSubnet: a /16 to a /28.
const LARGEST: u8 = 16;
const SMALLEST: u8 = 28;

/// The letters of the first `count` zones of a region.
pub(super) fn first_letters(count: u8) -> Vec<char> {
    ('a'..='z').take(usize::from(count)).collect()
}

/// The zones with their addresses, and what is wrong with them. With problems the addresses are stand-ins, so that
/// the rest of the stack is checked in the same run.
pub(super) fn zones(cidr: Cidr, letters: &[char], blocks: &Blocks) -> (Vec<Zone>, Vec<Problem>) {
    let mut problems = letter_problems(letters);
    if !(LARGEST..=SMALLEST).contains(&cidr.prefix()) {
        problems.push(Problem::new("cidr", format!("{cidr} is no size for a VPC: use a /{LARGEST} to a /{SMALLEST}")));
    }
    let mut tier = |field: &str, chosen: &Option<Vec<Cidr>>, first: usize| match chosen {
        Some(chosen) => explicit(cidr, letters, chosen, field, &mut problems),
        None => derived(cidr, letters, first, &mut problems),
    };
    let public = tier("public_cidrs", &blocks.public, 0);
    let private = tier("private_cidrs", &blocks.private, usize::from(MOST_ZONES));
    if problems.is_empty() {
        problems.extend(overlaps(&public, &private));
    }
    let zones = letters.iter().zip(public.into_iter().zip(private));
    (zones.map(|(&letter, (public, private))| Zone { letter, public, private }).collect(), problems)
}

fn letter_problems(letters: &[char]) -> Vec<Problem> {
    let last = char::from(b'a' + MOST_ZONES - 1);
    let count = (!(1..=usize::from(MOST_ZONES)).contains(&letters.len()))
        .then(|| format!("a network lies in 1 to {MOST_ZONES} Availability Zones, not in {}", letters.len()));
    let wrong = letters.iter().find(|letter| !('a'..=last).contains(*letter));
    let wrong = wrong.filter(|_| count.is_none()).map(|letter| format!("`{letter}` is not a zone: use a to {last}"));
    let twice = letters.iter().enumerate().find(|(index, letter)| letters[..*index].contains(letter));
    let twice = twice.map(|(_, letter)| format!("the zone `{letter}` is named twice"));
    [count, wrong, twice].into_iter().flatten().map(|message| Problem::new("zones", message)).collect()
}

/// A block depends on the zone's letter alone, so that a zone can come or go without moving the others.
fn derived(cidr: Cidr, letters: &[char], first: usize, problems: &mut Vec<Problem>) -> Vec<Cidr> {
    let prefix = cidr.prefix() + BITS;
    let too_small = prefix > SMALLEST;
    if too_small && problems.is_empty() {
        let message =
            format!("{cidr} is too small to divide: use a /{} or larger, or name the blocks", SMALLEST - BITS);
        problems.push(Problem::new("cidr", message));
    }
    let index = |letter: char| first + (u32::from(letter).saturating_sub(u32::from('a'))) as usize;
    letters.iter().map(|&letter| cidr.subnet(prefix, index(letter)).unwrap_or(cidr)).collect()
}

fn explicit(cidr: Cidr, letters: &[char], chosen: &[Cidr], field: &str, problems: &mut Vec<Problem>) -> Vec<Cidr> {
    if chosen.len() != letters.len() {
        let message = format!("{} blocks for {} zones: name one for each", chosen.len(), letters.len());
        problems.push(Problem::new(field, message));
    }
    for block in chosen.iter().filter(|block| !cidr.contains(block)) {
        problems.push(Problem::new(field, format!("{block} does not lie within the network's {cidr}")));
    }
    let block = |index: usize| chosen.get(index).copied().unwrap_or(cidr);
    (0..letters.len()).map(block).collect()
}

fn overlaps(public: &[Cidr], private: &[Cidr]) -> Vec<Problem> {
    let all: Vec<&Cidr> = public.iter().chain(private).collect();
    let mut problems = Vec::new();
    for (index, one) in all.iter().enumerate() {
        for other in all[..index].iter().filter(|other| other.overlaps(one)) {
            let field = if index < public.len() { "public_cidrs" } else { "private_cidrs" };
            problems.push(Problem::new(field, format!("{one} overlaps {other}")));
        }
    }
    problems
}
