package report

import (
	_ "embed"
	"html/template"
	"io"
	"time"

	"github.com/paycode/paycode/bench"
)

//go:embed report.html
var page string

var pages = template.Must(template.New("report").Funcs(template.FuncMap{
	"ms":     func(d time.Duration) string { return number1(ms(d)) },
	"us":     func(d time.Duration) string { return number1(us(d)) },
	"number": func(v float64) string { return number(round(v)) },
	"ratio":  func(v float64) string { return fixed(v, 2) },
	"spread": spread,
}).Parse(page))

// view is what the page shows.
type view struct {
	*Report
	Findings []bench.Condition
	Charts   []chart
}

// HTML writes the page: everything is in it, it has no script and asks nobody
// for anything.
func (r *Report) HTML(w io.Writer) error {
	v := view{Report: r, Charts: charts(r.Measured)}
	if r.Measured != nil {
		v.Findings = Findings(r.Measured)
	}
	return pages.Execute(w, v)
}
