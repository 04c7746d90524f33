//! Draws findings over time as an inline SVG: one bar for each span of time, stacked by severity.

use super::html::add;
use crate::catalogue::Severity;
use crate::detect::tune::time::format_iso;
use crate::scan::shown::Shown;
use std::collections::BTreeMap;

/// How many bars the time line has.
const BARS: i64 = 60;
/// Width of a bar.
const BAR_WIDTH: i64 = 18;
const HEIGHT: i64 = 200;
const LEFT: i64 = 44;
const TOP: i64 = 10;
/// Resolution of a bar's share of the height.
const PARTS: usize = 1000;
const SECOND: i64 = 1_000_000;

/// The findings of one span of time, by severity.
type Bar = [usize; Severity::ALL.len()];

/// Appends the drawing and its legend.
pub fn timeline(html: &mut String, findings: &[&Shown]) {
    let of = |shown: &&Shown| Some((shown.moment?, shown.severity));
    let moments: Vec<(i64, Severity)> = findings.iter().filter_map(of).collect();
    let (first, last) = (
        moments.iter().map(|m| m.0).min(),
        moments.iter().map(|m| m.0).max(),
    );
    let (Some(first), Some(last)) = (first, last) else {
        *html += "<p class=\"soft\">No finding has a readable time.</p>\n";
        return;
    };
    let step = ((last - first) / BARS + 1).max(SECOND);
    let mut bars = BTreeMap::new();
    for (moment, severity) in moments {
        let bar: &mut Bar = bars.entry((moment - first) / step).or_default();
        let level = Severity::ALL.iter().position(|known| *known == severity);
        bar[level.unwrap_or(0)] += 1;
    }
    let tallest = bars
        .values()
        .map(|bar| bar.iter().sum::<usize>())
        .max()
        .unwrap_or(1);
    let (wide, high) = (LEFT + BARS * BAR_WIDTH, TOP + HEIGHT);
    let label = "Findings over time, by severity";
    add(
        html,
        format_args!(
            "<svg viewBox=\"0 0 {wide} {}\" role=\"img\" aria-label=\"{label}\">\n",
            high + 30
        ),
    );
    for (value, y) in [(tallest, TOP), (0, high)] {
        line(html, y, wide, value);
    }
    for (at, bar) in &bars {
        stack(html, *at, bar, tallest, first + step * at);
    }
    ends(html, wide, high + 20, [first, last]);
    *html += "</svg>\n<ul class=\"legend\">";
    for severity in Severity::ALL.iter().rev() {
        add(
            html,
            format_args!("<li><span class=\"badge {severity}\">{severity}</span></li>"),
        );
    }
    *html += "</ul>\n";
}

fn line(html: &mut String, y: i64, wide: i64, value: usize) {
    add(
        html,
        format_args!("<line x1=\"{LEFT}\" y1=\"{y}\" x2=\"{wide}\" y2=\"{y}\"/>"),
    );
    let (x, base) = (LEFT - 8, y + 4);
    add(
        html,
        format_args!("<text x=\"{x}\" y=\"{base}\" text-anchor=\"end\">{value}</text>\n"),
    );
}

fn ends(html: &mut String, wide: i64, y: i64, [first, last]: [i64; 2]) {
    add(
        html,
        format_args!("<text x=\"{LEFT}\" y=\"{y}\">{}</text>", format_iso(first)),
    );
    if last > first {
        add(
            html,
            format_args!(
                "<text x=\"{wide}\" y=\"{y}\" text-anchor=\"end\">{}</text>\n",
                format_iso(last)
            ),
        );
    }
}

/// Appends one bar, the most severe findings at the bottom. Each severity is at least two pixels high, so that one finding
/// among many can be seen.
fn stack(html: &mut String, at: i64, bar: &Bar, tallest: usize, from: i64) {
    let mut y = TOP + HEIGHT;
    let levels = bar
        .iter()
        .zip(Severity::ALL)
        .rev()
        .filter(|(count, _)| **count > 0);
    for (count, severity) in levels {
        let share = i64::try_from(count * PARTS / tallest.max(1)).unwrap_or(0);
        let height = (share * HEIGHT / 1000).max(2);
        y -= height;
        let (x, width, from) = (LEFT + at * BAR_WIDTH, BAR_WIDTH - 2, format_iso(from));
        add(
            html,
            format_args!(
                "<rect class=\"{severity}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"><title>{count} {severity}, from {from}</title></rect>\n"
            ),
        );
    }
}
