//! Draws findings over time as an inline SVG: bars stacked by severity. Long spans without a finding are left out, and the axis
//! shows where.

use super::grid::badge;
use super::html::add;
use super::rows::Row;
use crate::catalogue::Severity;
use crate::detect::tune::time::format_iso;

/// How many bars the time line has, about.
const BARS: i64 = 60;
/// Spans of time with findings; between two of them the axis is broken.
const MAX_SPANS: usize = 8;
/// A gap is left out if it is more than this part of the time that is shown.
const GAP_SHARE: i64 = 3;
const WIDTH: i64 = 1200;
const HEIGHT: i64 = 120;
const LEFT: i64 = 44;
const TOP: i64 = 10;
/// Width of a break.
const BREAK: i64 = 14;
/// Resolution of a bar's share of the height.
const PARTS: usize = 1000;
const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
/// Width of a label.
const LABEL: i64 = 150;

/// The findings of a part of a span, by severity.
type Bar = [usize; Severity::ALL.len()];

/// Findings from one time to another, in microseconds since 1970 UTC, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    first: i64,
    last: i64,
}

/// Appends the drawing and its legend.
pub fn timeline(html: &mut String, findings: &[Row]) {
    let of = |row: &Row| Some((row.time?, row.weight.1));
    let moments: Vec<(i64, Severity)> = findings.iter().filter_map(of).collect();
    let times: Vec<i64> = moments.iter().map(|(moment, _)| *moment).collect();
    let spans = spans(&times);
    if spans.is_empty() {
        *html += "<p class=\"soft\">No finding has a readable time.</p>\n";
        return;
    }
    let shown: i64 = spans.iter().map(|span| span.last - span.first).sum();
    let step = (shown / BARS + 1).max(SECOND);
    let drawn: Vec<(Span, Vec<Bar>)> = spans
        .iter()
        .map(|span| (*span, bars(*span, step, &moments)))
        .collect();
    let count: usize = drawn.iter().map(|(_, bars)| bars.len()).sum();
    let bars = drawn.iter().flat_map(|(_, bars)| bars);
    let tallest = bars.map(|bar| bar.iter().sum::<usize>()).max().unwrap_or(1);
    let number = |count: usize| i64::try_from(count).unwrap_or(1);
    let breaks = number(spans.len()) - 1;
    let width = (WIDTH - LEFT - breaks * BREAK) / number(count);
    let (right, bottom) = (LEFT + width * number(count) + BREAK * breaks, TOP + HEIGHT);
    add(
        html,
        format_args!(
            "<svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"Findings over time, by severity\">\n",
            bottom + 30
        ),
    );
    for (value, y) in [(tallest, TOP), (0, bottom)] {
        line(html, y, right, value);
    }
    let mut x = LEFT;
    let labels = Labels::of(&spans);
    for (at, (span, bars)) in drawn.iter().enumerate() {
        if at > 0 {
            broken(html, x, bottom);
            x += BREAK;
        }
        ends(html, (x, x + width * number(bars.len())), *span, labels);
        for (from, bar) in (0..).map(|at| span.first + step * at).zip(bars) {
            stack(html, (x, width), bar, tallest, (from, from + step));
            x += width;
        }
    }
    *html += "</svg>\n<ul class=\"legend\">";
    for severity in Severity::ALL.iter().rev() {
        *html += "<li>";
        badge(html, severity.as_str());
        *html += "</li>";
    }
    *html += "</ul>\n";
}

/// Counts the findings of a span, for each step of it.
fn bars(span: Span, step: i64, moments: &[(i64, Severity)]) -> Vec<Bar> {
    let count = usize::try_from((span.last - span.first) / step + 1).unwrap_or(1);
    let mut bars = vec![Bar::default(); count];
    let of_span = moments
        .iter()
        .filter(|(at, _)| (span.first..=span.last).contains(at));
    for (moment, severity) in of_span {
        let at = usize::try_from((moment - span.first) / step).unwrap_or(0);
        let level = Severity::ALL.iter().position(|known| known == severity);
        bars[at][level.unwrap_or(0)] += 1;
    }
    bars
}

/// The times of findings without their longest gaps. `times` need no order.
fn spans(times: &[i64]) -> Vec<Span> {
    let mut times = times.to_vec();
    times.sort_unstable();
    let (Some(first), Some(last)) = (times.first(), times.last()) else {
        return Vec::new();
    };
    let mut shown = last - first;
    let mut gaps: Vec<(i64, usize)> = times.windows(2).map(|pair| pair[1] - pair[0]).zip(1..).collect();
    gaps.sort_unstable_by_key(|gap| std::cmp::Reverse(*gap));
    let mut cuts: Vec<usize> = Vec::new();
    for (gap, at) in gaps.into_iter().take(MAX_SPANS - 1) {
        // A gap of a few bars' width tells more than a break.
        if gap <= SECOND * BARS || gap <= shown / GAP_SHARE {
            break;
        }
        shown -= gap;
        cuts.push(at);
    }
    cuts.sort_unstable();
    cuts.push(times.len());
    let mut from = 0;
    let mut span = |to: usize| {
        let span = Span {
            first: times[from],
            last: times[to - 1],
        };
        from = to;
        span
    };
    cuts.into_iter().map(&mut span).collect()
}

fn line(html: &mut String, y: i64, right: i64, value: usize) {
    add(
        html,
        format_args!("<line x1=\"{LEFT}\" y1=\"{y}\" x2=\"{right}\" y2=\"{y}\"/>"),
    );
    let (x, base) = (LEFT - 8, y + 4);
    add(
        html,
        format_args!("<text x=\"{x}\" y=\"{base}\" text-anchor=\"end\">{value}</text>\n"),
    );
}

/// Appends a break of the axis.
fn broken(html: &mut String, x: i64, bottom: i64) {
    let (a, b, over, under) = (x + 4, x + 9, bottom - 6, bottom + 6);
    add(
        html,
        format_args!(
            "<path class=\"break\" d=\"M{} {under}L{a} {over}M{a} {under}L{b} {over}\"><title>a time without findings is left out</title></path>\n",
            a - 5
        ),
    );
}

/// How the times at the ends of spans are written.
#[derive(Debug, Clone, Copy)]
struct Labels {
    spans: usize,
    /// Whether all spans are of the same day (UTC).
    is_one_day: bool,
}

impl Labels {
    fn of(spans: &[Span]) -> Self {
        let day = |moment: Option<i64>| moment.map(|moment| moment.div_euclid(DAY));
        let first = spans.first().map(|span| span.first);
        let last = spans.last().map(|span| span.last);
        Self {
            spans: spans.len(),
            is_one_day: day(first) == day(last),
        }
    }

    /// The text for a time at an end of a span that is `room` wide.
    fn text(self, moment: i64, room: i64) -> String {
        let time = format_iso(moment);
        let (day, clock) = (&time[..10], &time[11..16]);
        match self {
            Self { spans: 1, .. } => time,
            Self { is_one_day: true, .. } => clock.to_owned(),
            _ if room >= LABEL => format!("{day} {clock}"),
            _ => day.to_owned(),
        }
    }
}

/// Appends the times at the ends of a span; of several spans only where there is room.
fn ends(html: &mut String, (left, right): (i64, i64), span: Span, labels: Labels) {
    let y = TOP + HEIGHT + 20;
    let room = right - left;
    let (first, last) = (labels.text(span.first, room), labels.text(span.last, room));
    if room >= LABEL / 2 || labels.spans <= 3 {
        add(html, format_args!("<text x=\"{left}\" y=\"{y}\">{first}</text>"));
    }
    if room >= 2 * LABEL && last != first {
        add(
            html,
            format_args!("<text x=\"{right}\" y=\"{y}\" text-anchor=\"end\">{last}</text>"),
        );
    }
    html.push('\n');
}

/// Appends one bar, the most severe findings at the bottom. Each severity is at least two pixels high, so that one finding
/// among many can be seen. The part above takes the pointer.
fn stack(html: &mut String, (x, width): (i64, i64), bar: &Bar, tallest: usize, (from, to): (i64, i64)) {
    let (from, to) = (format_iso(from), format_iso(to));
    add(
        html,
        format_args!(
            "<g data-from=\"{from}\" data-to=\"{to}\"><rect class=\"part\" x=\"{x}\" y=\"{TOP}\" width=\"{width}\" height=\"{HEIGHT}\"/>"
        ),
    );
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
        let drawn = (width - 2).max(1);
        add(
            html,
            format_args!(
                "<rect class=\"{severity}\" x=\"{x}\" y=\"{y}\" width=\"{drawn}\" height=\"{height}\"><title>{count} {severity}, from {from}</title></rect>"
            ),
        );
    }
    *html += "</g>\n";
}

#[cfg(test)]
mod tests {
    use super::{DAY, Labels, SECOND, Span, spans};

    fn days(spans: &[Span]) -> Vec<(i64, i64)> {
        spans
            .iter()
            .map(|span| (span.first / DAY, span.last / DAY))
            .collect()
    }

    #[test]
    fn long_gaps_are_left_out() {
        let times: Vec<i64> = [0, 2000, 2001, 2002, 2002, 2003, 2900]
            .map(|day| day * DAY)
            .to_vec();
        assert_eq!(days(&spans(&times)), [(0, 0), (2000, 2003), (2900, 2900)]);
        let near: Vec<i64> = (0..10).map(|day| day * DAY).collect();
        assert_eq!(days(&spans(&near)), [(0, 9)]);
        assert_eq!(spans(&[]), []);
        assert_eq!(spans(&[5, 5]), [Span { first: 5, last: 5 }]);
    }

    #[test]
    fn labels_tell_the_hour_where_it_matters() {
        const HOUR: i64 = 3600 * SECOND;
        let span = |first, last| Span { first, last };
        let of_one_day = Labels::of(&[span(9 * HOUR, 10 * HOUR), span(20 * HOUR, 21 * HOUR)]);
        let of_two_days = Labels::of(&[span(0, HOUR), span(40 * HOUR, 41 * HOUR)]);
        let only = Labels::of(&[span(9 * HOUR, 41 * HOUR)]);
        assert_eq!(of_one_day.text(9 * HOUR, 80), "09:00");
        assert_eq!(of_two_days.text(40 * HOUR, 80), "1970-01-02");
        assert_eq!(of_two_days.text(40 * HOUR, 200), "1970-01-02 16:00");
        assert_eq!(only.text(9 * HOUR, 80), "1970-01-01T09:00:00Z");
    }
}
