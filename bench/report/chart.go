package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// chart is a drawing of curves. Lengths are in the drawing's own units, which
// the page scales to its width.
type chart struct {
	Title, X, Y string // what is shown, and in what along which axis
	Lines       []line
	XTicks      []tick
	YTicks      []tick
	Marks       []point // points worth a dot
}

// line is one curve.
type line struct {
	Name  string
	Class string // decides its colour
	Path  string // of SVG
}

type tick struct {
	At    float64
	Label string
}

type point struct{ X, Y float64 }

// The drawing and the field in it.
const (
	chartWidth, chartHeight = 720.0, 300.0
	left, right             = 64.0, 16.0
	top, bottom             = 12.0, 44.0
	fieldRight, fieldBottom = chartWidth - right, chartHeight - bottom
)

// Template's view of the sizes.
func (chart) Width() float64  { return chartWidth }
func (chart) Height() float64 { return chartHeight }
func (chart) Left() float64   { return left }
func (chart) Top() float64    { return top }
func (chart) Right() float64  { return fieldRight }
func (chart) Bottom() float64 { return fieldBottom }
func (chart) Middle() float64 { return (left + fieldRight) / 2 }

// scale maps values to places of the drawing.
type scale struct {
	from, to float64 // values
	at, end  float64 // places
	log      bool
}

func (s scale) place(v float64) float64 {
	f, t := s.from, s.to
	if s.log {
		v, f, t = math.Log(math.Max(v, f)), math.Log(f), math.Log(t)
	}
	if t == f {
		return s.at
	}
	return s.at + (v-f)/(t-f)*(s.end-s.at)
}

func across(from, to float64, log bool) scale { return scale{from, to, left, fieldRight, log} }
func upwards(to float64) scale                { return scale{0, to, fieldBottom, top, false} }

// decades is the smallest scale of whole powers of ten around values.
func decades(least, most float64) scale {
	from := math.Pow(10, math.Floor(math.Log10(math.Max(least, 0.001))))
	to := math.Pow(10, math.Ceil(math.Log10(math.Max(most, 0.001))))
	return scale{from, math.Max(to, 10*from), fieldBottom, top, true}
}

// path joins points.
func path(points []point, x, y scale) string {
	var b strings.Builder
	for i, p := range points {
		move := "L"
		if i == 0 {
			move = "M"
		}
		fmt.Fprintf(&b, "%s%.1f %.1f", move, x.place(p.X), y.place(p.Y))
	}
	return b.String()
}

// nice is the next round number, of 1, 2 and 5 times powers of ten, not below v.
func nice(v float64) float64 {
	if v <= 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, f := range []float64{1, 2, 2.5, 5} {
		if f*power >= v {
			return f * power
		}
	}
	return 10 * power
}

// ticks are at round steps from 0 to the end of a scale, or at powers of ten.
func ticks(s scale) (all []tick) {
	if s.log {
		for v := s.from; v <= s.to*1.0001; v *= 10 {
			all = append(all, tick{s.place(v), number(v)})
		}
		return all
	}
	step := nice(s.to / 5)
	for v := 0.0; v <= s.to*1.0001; v += step {
		all = append(all, tick{s.place(v), number(v)})
	}
	return all
}

// number is short and without needless zeros: 12,500 or 0.5.
func number(v float64) string {
	text := strconv.FormatFloat(v, 'f', -1, 64)
	if v >= 100 || v == math.Trunc(v) {
		text = strconv.FormatFloat(v, 'f', 0, 64)
	} else if v != 0 {
		text = strconv.FormatFloat(v, 'g', 3, 64)
	}
	whole, rest, dotted := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if dotted {
		return whole + "." + rest
	}
	return whole
}
