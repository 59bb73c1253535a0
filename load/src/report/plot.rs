//! A plot over the seconds of a run, as SVG.

use std::fmt::Write as _;

use maud::{Markup, html};

use super::text::render;

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 220.0;
/// Room for the numbers at the left, and below.
const LEFT: f64 = 70.0;
const RIGHT: f64 = 20.0;
const BELOW: f64 = 24.0;
const ABOVE: f64 = 10.0;
/// Points of a line; more could not be told apart.
const POINTS: usize = 860;

/// One line of a plot.
pub(super) struct Curve {
    pub(super) name: &'static str,
    pub(super) colour: &'static str,
    /// A value for each second; none where nothing was measured.
    pub(super) values: Vec<Option<f64>>,
}

/// A plot of these lines; `log` has steps of ten times as much.
pub(super) fn plot(title: &str, curves: &[Curve], log: bool) -> Markup {
    let values = || {
        curves
            .iter()
            .flat_map(|curve| curve.values.iter().flatten().copied())
    };
    let most = values().fold(0.0, f64::max);
    let least = values()
        .filter(|value| *value > 0.0)
        .fold(f64::INFINITY, f64::min);
    let seconds = curves
        .iter()
        .map(|curve| curve.values.len())
        .max()
        .unwrap_or(0);
    let scale = if log && most > 0.0 {
        Scale::decades(least, most)
    } else {
        Scale::even(most)
    };
    let right = WIDTH - RIGHT;
    html! {
        figure {
            figcaption { (title) }
            svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(title) {
                @for tick in scale.ticks() {
                    @let y = scale.y(tick);
                    line.grid x1=(LEFT) x2=(WIDTH) y1=(places(y)) y2=(places(y)) {}
                    text.left x=(places(LEFT - 6.0)) y=(places(y + 4.0)) { (render(tick)) }
                }
                @for second in ticks(seconds) {
                    @let x = LEFT + (right - LEFT) * part(second, seconds);
                    text.below x=(places(x)) y=(places(HEIGHT - 6.0)) { (second) " s" }
                }
                @for curve in curves {
                    polyline points=(points(curve, seconds, &scale)) stroke=(curve.colour) {}
                }
            }
            p {
                @for Curve { name, colour, .. } in curves {
                    span.key { span style={ "color:" (colour) } { "\u{25a0}" } " " (name) }
                }
            }
        }
    }
}

/// A place on the plot, to a tenth.
fn places(place: f64) -> String {
    format!("{place:.1}")
}

/// The seconds below the plot: the first, the last, and at most three between them.
fn ticks(seconds: usize) -> Vec<usize> {
    let last = seconds.saturating_sub(1);
    let steps = last.clamp(1, 4);
    let ticks = (0..=steps).map(|step| (last * step + steps / 2) / steps);
    let mut ticks: Vec<usize> = ticks.collect();
    ticks.dedup();
    ticks
}

/// The place of a second between the first and the last.
#[expect(clippy::cast_precision_loss, reason = "seconds of a day")]
fn part(second: usize, seconds: usize) -> f64 {
    second as f64 / seconds.saturating_sub(1).max(1) as f64
}

/// The greatest value of each step stands for it, so that no peak is lost.
fn points(curve: &Curve, seconds: usize, scale: &Scale) -> String {
    let step = seconds.div_ceil(POINTS).max(1);
    let mut points = String::new();
    for (place, chunk) in curve.values.chunks(step).enumerate() {
        let Some(value) = chunk.iter().flatten().copied().reduce(f64::max) else {
            continue;
        };
        let x = LEFT + (WIDTH - RIGHT - LEFT) * part(place * step, seconds);
        // Writing to a string cannot fail.
        let _ = write!(points, "{x:.1},{:.1} ", scale.y(value));
    }
    points
}

/// The places of values.
enum Scale {
    Even { most: f64 },
    Decades { least: f64, most: f64 },
}

impl Scale {
    fn even(most: f64) -> Self {
        let size = 10_f64.powf(most.max(1.0).log10().floor());
        let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * size);
        let most = steps.into_iter().find(|step| *step >= most).unwrap_or(most);
        Self::Even { most }
    }

    fn decades(least: f64, most: f64) -> Self {
        Self::Decades {
            least: 10_f64.powf(least.log10().floor()),
            most: 10_f64.powf(most.log10().ceil()),
        }
    }

    fn y(&self, value: f64) -> f64 {
        let part = match self {
            Self::Even { most } => value / most,
            Self::Decades { least, most } => {
                let room = (most / least).log10().max(1.0);
                (value.max(*least) / least).log10() / room
            }
        };
        HEIGHT - BELOW - (HEIGHT - BELOW - ABOVE) * part.clamp(0.0, 1.0)
    }

    fn ticks(&self) -> Vec<f64> {
        match self {
            Self::Even { most } => (0..=4).map(|part| most * f64::from(part) / 4.0).collect(),
            Self::Decades { least, most } => {
                let mut ticks = vec![*least];
                while ticks.last().is_some_and(|last| *last < most * 0.99) && ticks.len() < 10 {
                    ticks.extend(ticks.last().map(|last| last * 10.0));
                }
                ticks
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_second_is_named_twice() {
        assert_eq!(ticks(0), [0]);
        assert_eq!(ticks(1), [0]);
        assert_eq!(ticks(3), [0, 1, 2]);
        assert_eq!(ticks(5), [0, 1, 2, 3, 4]);
        assert_eq!(ticks(7), [0, 2, 3, 5, 6]);
        assert_eq!(ticks(3601), [0, 900, 1800, 2700, 3600]);
        for seconds in 0..100 {
            let ticks = ticks(seconds);
            assert!(ticks.is_sorted_by(|one, next| one < next), "{ticks:?}");
            assert_eq!(*ticks.last().unwrap(), seconds.saturating_sub(1));
        }
    }
}
