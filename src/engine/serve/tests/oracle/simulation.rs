//! The oracle: every state, one by one.

use super::{GROUPS, Move, Pair, Part, Service, Stage};

impl Pair {
    /// Each step and all that comes before it.
    fn closure(&self) -> Vec<u32> {
        let mut closures = Vec::new();
        for (index, waits) in self.waits.iter().enumerate() {
            closures.push(waits.iter().fold(1 << index, |all: u32, step| all | closures[*step]));
        }
        closures
    }

    /// Whether any request is answered before and after, and anything changes.
    pub(super) fn serves(&self) -> bool {
        let closures = self.closure();
        let all = (1_u32 << self.moves.len()) - 1;
        let answered = |request| {
            [0, all].iter().all(|done| {
                let state = Simulated::new(self, &closures, *done, 0, 0);
                Simulated { unproven: [[false; 2]; 2], ..state }.answers(request)
            })
        };
        !self.moves.is_empty() && (answered(Request::Api) || answered(Request::Other))
    }

    /// Whether both requests, as far as they are answered before and after, are answered in every state.
    pub(super) fn is_safe(&self) -> bool {
        let closures = self.closure();
        let all = (1_u32 << self.moves.len()) - 1;
        let rest = |done: u32| Simulated::new(self, &closures, done, 0, 0);
        for request in [Request::Api, Request::Other] {
            let ends = [rest(0), Simulated { unproven: [[false; 2]; 2], ..rest(all) }];
            let ends = ends.map(|state| state.rule(request).filter(|_| state.answers(request)));
            let [Some(first), Some(last)] = ends else { continue };
            for done in 0..=all {
                if (0..self.moves.len()).any(|step| done & (1 << step) != 0 && closures[step] & !done != 0) {
                    continue;
                }
                let begun: Vec<usize> = (0..2).filter(|service| self.may_deploy(*service, &closures, done)).collect();
                // Each service that may be in deployment is not, or is with only old tasks, or with only new ones.
                for choice in 0..3_u32.pow(begun.len() as u32) {
                    let digit = |place: usize| choice / 3_u32.pow(place as u32) % 3;
                    let of = |wanted: u32| {
                        (0..begun.len()).filter(|it| digit(*it) == wanted).fold(0, |all, it| all | 1 << begun[it])
                    };
                    let state = Simulated::new(self, &closures, done, of(1), of(2));
                    let fair = state.rule(request).is_some_and(|rule| rule == first || rule == last);
                    if !fair || !state.answers(request) {
                        return false;
                    }
                }
            }
        }
        true
    }

    fn may_deploy(&self, service: usize, closures: &[u32], done: u32) -> bool {
        let step = self.moves.iter().position(|it| *it == Move::Change(Part::Service(service)));
        let (Some(step), Some(before), Some(after)) =
            (step, &self.before.services[service], &self.after.services[service])
        else {
            return false;
        };
        let restarts =
            (before.groups, before.firewalls, before.revision) != (after.groups, after.firewalls, after.revision);
        restarts && done & (1 << step) == 0 && closures[step] & !done == 1 << step
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Request {
    Api,
    Other,
}

/// One state.
struct Simulated<'a> {
    pair: &'a Pair,
    now: Stage,
    /// Ways that may not work yet.
    unproven: [[bool; 2]; 2],
    old: u32,
    new: u32,
}

impl<'a> Simulated<'a> {
    /// `old` and `new` are the services in deployment of which only old tasks are left, or only new ones are there.
    fn new(pair: &'a Pair, closures: &[u32], done: u32, old: u32, new: u32) -> Self {
        let mut now = pair.before.clone();
        let mut seen = 0;
        for (step, it) in pair.moves.iter().enumerate().filter(|(step, _)| done & (1 << step) != 0) {
            match it {
                Move::Settle => seen |= closures[step],
                Move::Change(part) => {
                    now.take(&pair.after, *part);
                    // Its tasks have been seen healthy.
                    if matches!(part, Part::Service(_)) && pair.after.has(*part) {
                        seen |= closures[step];
                    }
                }
            }
        }
        let mut unproven = [[false; 2]; 2];
        for (step, it) in pair.moves.iter().enumerate() {
            if let Move::Change(Part::Way(way, firewall)) = it {
                unproven[*way][*firewall] = !pair.before.ways[*way][*firewall] && seen & (1 << step) == 0;
            }
        }
        Self { pair, now, unproven, old, new }
    }

    fn rule(&self, request: Request) -> Option<usize> {
        let fits = |rule: &usize| *rule == 1 || request == Request::Api;
        let rules = (0..2).filter(fits).filter_map(|rule| Some((self.now.rules[rule].as_ref()?.priority, rule)));
        rules.min().map(|(_, rule)| rule)
    }

    fn answers(&self, request: Request) -> bool {
        let Some(rule) = self.rule(request).and_then(|rule| self.now.rules[rule].as_ref()) else { return false };
        let mut groups = (0..GROUPS).filter(|group| rule.weights[*group].is_some_and(|weight| weight > 0)).peekable();
        groups.peek().is_some() && groups.all(|group| self.now.groups[group] && self.healthy(group) > 0)
    }

    fn healthy(&self, group: usize) -> u32 {
        (0..2).map(|service| self.healthy_of(service, group)).sum()
    }

    fn healthy_of(&self, service: usize, group: usize) -> u32 {
        let Some(now) = &self.now.services[service] else { return 0 };
        let serves = |it: &Service, strictly: bool| it.groups[group] && self.reaches(it, strictly);
        let in_deployment = (self.old | self.new) & (1 << service) != 0;
        let (true, Some(next)) = (in_deployment, &self.pair.after.services[service]) else {
            return if serves(now, true) { now.count } else { 0 };
        };
        let count = now.count.min(next.count);
        let kept = (count * now.minimum).div_ceil(100).min((count * next.minimum).div_ceil(100));
        // New tasks take the place of old ones only when they get healthy, which takes a way to them.
        if self.new & (1 << service) != 0 && self.reaches(next, false) {
            return if next.groups[group] { kept } else { 0 };
        }
        if serves(now, true) { kept } else { 0 }
    }

    fn reaches(&self, service: &Service, strictly: bool) -> bool {
        (0..2).all(|way| {
            (0..2).any(|firewall| {
                let works = self.now.ways[way][firewall] && !(strictly && self.unproven[way][firewall]);
                service.firewalls[firewall] && works
            })
        })
    }
}
