//! How quantities are written.

use jiff::Timestamp;
use std::time::Duration;

/// A duration in the unit that suits it: `750 µs`, `12.3 ms`, `4.2 s`, `2 min 5 s`, `1 h 2 min`.
pub fn duration(duration: Duration) -> String {
    match duration.as_secs_f64() {
        seconds if seconds < 0.001 => format!("{} µs", duration.as_micros()),
        seconds if seconds < 0.01 => format!("{:.1} ms", seconds * 1000.0),
        seconds if seconds < 0.9995 => format!("{:.0} ms", seconds * 1000.0),
        seconds if seconds < 9.95 => format!("{seconds:.1} s"),
        seconds if seconds < 119.5 => format!("{seconds:.0} s"),
        seconds => {
            let whole = seconds.round() as u64;
            let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
            if hours > 0 { format!("{hours} h {minutes} min") } else { format!("{minutes} min {seconds} s") }
        }
    }
}

/// [`duration`], rounded up: what is claimed of a limit has to hold.
pub fn at_most(limit: Duration) -> String {
    let unit = match limit.as_micros() {
        ..1_000 => 1,
        1_000..10_000 => 100,
        10_000..1_000_000 => 1_000,
        1_000_000..10_000_000 => 100_000,
        _ => 1_000_000,
    };
    let micros = limit.as_nanos().div_ceil(1_000).div_ceil(unit) * unit;
    duration(Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX)))
}

/// A time from the begin of everything: `+0.250 s`, `+1:02.500`.
pub fn offset(at: Duration) -> String {
    let (minutes, millis) = (at.as_secs() / 60, at.as_millis() % 60_000);
    let (seconds, millis) = (millis / 1000, millis % 1000);
    if minutes == 0 { format!("+{seconds}.{millis:03} s") } else { format!("+{minutes}:{seconds:02}.{millis:03}") }
}

/// A share as a percentage, rounded down: 99.9999 % is never written as 100 %.
pub fn percent(share: f64, digits: i32) -> String {
    let scale = 10_f64.powi(digits);
    // Without the little addition 0.29 would become 28.9999 %.
    format!("{} %", ((share * 100.0 * scale) + 1e-6).floor() / scale)
}

/// A share as a percentage with as many digits as tell it from 100 %: `99.91 %`, `99.9962 %`.
pub fn availability(share: f64) -> String {
    let lost = 1.0 - share;
    if lost <= 0.0 {
        return percent(share, 0);
    }
    percent(share, (-lost.log10()).floor().clamp(0.0, 9.0) as i32)
}

/// The rest of [`availability`], rounded up so that both add up to 100 %.
pub fn unavailability(share: f64) -> String {
    if share <= 0.0 {
        return "0 %".to_owned();
    }
    let scale = 10_f64.powi((-share.log10()).floor().clamp(0.0, 9.0) as i32);
    format!("{} %", ((share * 100.0 * scale) - 1e-6).ceil() / scale)
}

/// A number with its thousands apart: `30,000`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// So many things: `1 probe`, `2 probes`.
pub fn many(number: u64, thing: &str) -> String {
    format!("{} {thing}{}", count(number), if number == 1 { "" } else { "s" })
}

/// A moment, to the second: `2026-11-26 12:00:03 UTC`.
pub fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit_that_suits_them() {
        let cases = [
            (Duration::from_micros(750), "750 µs"),
            (Duration::from_micros(4_250), "4.2 ms"),
            (Duration::from_millis(412), "412 ms"),
            (Duration::from_micros(999_900), "1.0 s"),
            (Duration::from_millis(4_200), "4.2 s"),
            (Duration::from_secs(61), "61 s"),
            (Duration::from_secs(125), "2 min 5 s"),
            (Duration::from_secs(3_725), "1 h 2 min"),
        ];
        for (given, text) in cases {
            assert_eq!(duration(given), text);
        }
        let limits = [80_100, 9_999, 1_210_000, 12_000_001].map(|micros| at_most(Duration::from_micros(micros)));
        assert_eq!(limits, ["81 ms", "10 ms", "1.3 s", "13 s"]);
        assert_eq!(offset(Duration::from_millis(250)), "+0.250 s");
        assert_eq!(offset(Duration::from_millis(62_500)), "+1:02.500");
    }

    #[test]
    fn shares_are_never_flattered() {
        assert_eq!(percent(0.999_999_9, 3), "99.999 %");
        assert_eq!(percent(0.29, 4), "29 %");
        assert_eq!(availability(1.0), "100 %");
        assert_eq!(availability(0.999_131), "99.913 %");
        assert_eq!(availability(0.999_999_9), "99.99999 %");
        assert_eq!(availability(0.75), "75 %");
        assert_eq!(unavailability(0.000_869), "0.087 %");
        assert_eq!(unavailability(0.0), "0 %");
        assert_eq!(unavailability(0.25), "25 %");
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([many(1, "probe"), many(2, "probe")], ["1 probe", "2 probes"]);
    }
}
