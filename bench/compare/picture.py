"""A small picture of measured points beside a straight line, as SVG."""
import math
from html import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 400, 64, 28, 76, 56
INK, FAINT, OURS, STRAIGHT = "#1f2933", "#e3e7eb", "#1661ab", "#9aa5b1"


def draw(path, title, subtitle, x_label, points, line, line_name, log):
    """points and line: [(x, y)]; both axes logarithmic or both from zero."""
    place_x, place_y = scales(points, line, log)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="system-ui, Helvetica, Arial, sans-serif" font-size="12" fill="{INK}">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
           text(20, 26, title, size=16, weight=600), text(20, 46, subtitle)]
    for value in ticks([y for _, y in points + line], log):
        y = place_y(value)
        out += [f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{FAINT}"/>', text(LEFT - 8, y + 4, number(value), "end")]
    for value, _ in points:
        out.append(text(place_x(value), HEIGHT - BOTTOM + 20, number(value), "middle"))
    out.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, x_label, "middle"))
    out += [path_of(line, place_x, place_y, f'stroke="{STRAIGHT}" stroke-width="1.5" stroke-dasharray="5 4"'), path_of(points, place_x, place_y, f'stroke="{OURS}" stroke-width="2"')]
    for n, (x, y) in enumerate(points):
        # Above the curve to its left, where a growing curve leaves room.
        end = n > 0
        out += [f'<circle cx="{place_x(x):.1f}" cy="{place_y(y):.1f}" r="4" fill="{OURS}"/>',
                text(place_x(x) + (-7 if end else 0), place_y(y) - 9, number(y), "end" if end else "middle", fill=OURS)]
    out += [f'<line x1="20" x2="42" y1="62" y2="62" stroke="{OURS}" stroke-width="2"/>', text(48, 66, "measured"),
            f'<line x1="126" x2="148" y1="62" y2="62" stroke="{STRAIGHT}" stroke-width="1.5" stroke-dasharray="5 4"/>', text(154, 66, line_name), "</svg>"]
    with open(path, "w") as file:
        file.write("\n".join(out) + "\n")


def scales(points, line, log):
    at = math.log10 if log else float
    xs, ys = [at(x) for x, _ in points], [at(y) for _, y in points + line]
    low_x, high_x = min(xs), max(xs)
    low_y, high_y = (min(ys), max(ys)) if log else (0, max(ys) * 1.08)
    margin_x, margin_y = (high_x - low_x) * .05, (high_y - low_y) * .06 if log else 0
    def place(value, low, high, start, end):
        return start + (at(value) - low) / (high - low) * (end - start)
    return (lambda x: place(x, low_x - margin_x, high_x + margin_x, LEFT, WIDTH - RIGHT),
            lambda y: place(y, low_y - margin_y, high_y + margin_y, HEIGHT - BOTTOM, TOP + 8))


def ticks(values, log):
    low, high = min(values), max(values)
    if log:
        all_ticks = [d * 10.0 ** e for e in range(-6, 7) for d in (1, 2, 5)]
        inside = [t for t in all_ticks if low <= t <= high]
        return inside if len(inside) <= 8 else [t for t in inside if f"{t:.0e}"[0] == "1"]
    step = next(d * 10.0 ** e for e in range(-6, 7) for d in (1, 2, 5) if high / (d * 10.0 ** e) <= 6)
    return [step * n for n in range(int(high / step) + 1)]


def number(value):
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def text(x, y, what, anchor="start", size=12, weight=400, fill=INK):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}" fill="{fill}">{escape(what)}</text>'


def path_of(points, place_x, place_y, style):
    return f'<polyline fill="none" {style} points="{" ".join(f"{place_x(x):.1f},{place_y(y):.1f}" for x, y in points)}"/>'
