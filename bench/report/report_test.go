package report

import (
	"encoding/json"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/paycode/paycode/bench"
)

// result is one of so many payments a second for two seconds, none of them and
// all of them slow.
func result(perSecond int) bench.Result {
	r := bench.Result{Payments: int64(2 * perSecond), Elapsed: 2 * time.Second, ServerCPU: time.Second, ClientCPU: time.Second / 10}
	for i := range 2 * perSecond {
		r.Latency.Add(time.Duration(1+i%40) * time.Millisecond)
	}
	for range 8 {
		r.PerSlot = append(r.PerSlot, int64(perSecond/4))
	}
	return r
}

func full() *Report {
	overload := result(900)
	overload.Refused = 500
	overload.Refusal.Add(3 * time.Millisecond)
	m := &bench.Measured{Best: 16, HotRatio: 0.987, PeakMemory: 123_000_000}
	for i, n := range []int{8, 16, 32} {
		m.Ramp = append(m.Ramp, bench.Phase{Name: "ramp", Clients: n, Result: result(800 + 100*i)})
	}
	for _, name := range []string{bench.Steady, bench.HalfLoad, bench.Hot, bench.Many, bench.Refunds} {
		m.Phases = append(m.Phases, bench.Phase{Name: name, Load: "closed", Clients: 16, Result: result(1000)})
	}
	m.Phases = append(m.Phases, bench.Phase{Name: bench.Overload, Load: "closed", Clients: 2000, Result: overload})
	return &Report{
		When: time.Unix(1795284017, 0).UTC(), Conditions: []bench.Condition{{Name: "processor", Value: "<b>fast</b>"}}, Measured: m,
		Contests: []Contest{{Name: "With another", About: "rounds", Turns: []bench.Turns{
			{Name: "ours", Rates: []float64{1000, 3000, 2000}, Result: result(2000)},
			{Name: "theirs", Rates: []float64{500, 1000, 1000}, Result: result(900)},
		}}},
		Paid: bench.Result{Payments: 12345, Refunds: 67},
	}
}

// odd is what no report may show.
var odd = regexp.MustCompile(`NaN|Inf|%!|<no value>|ZgotmplZ`)

func text(t *testing.T, r *Report) string {
	t.Helper()
	var b strings.Builder
	if err := r.Text(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func html(t *testing.T, r *Report) string {
	t.Helper()
	var b strings.Builder
	if err := r.HTML(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTextSaysEverything(t *testing.T) {
	got := text(t, full())
	for _, want := range []string{
		`(?m)^processor +<b>fast</b>$`, `(?m)^16 +900 .* best$`, `(?m)^steady +16 +1000 +20\.\d +40\.\d `, `(?m)^overload +2000 +900 `,
		`0\.99 of the rate with all`, `250/s refused within 3\.0 ms`, `at most 123 MB`,
		`(?m)^ours +2000 `, `(?m)^theirs +1000 .* 2\.00 times$`, `12345 payments, 67 refunds, 0 declined`, `(?m)^the books +balance, and hold`,
	} {
		if !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	if odd.MatchString(got) {
		t.Error(got)
	}
}

func TestWhatIsWrongIsSaid(t *testing.T) {
	r := full()
	r.Books, r.Paid.RanOut, r.Paid.FirstError = "two postings more", true, "status 500"
	for name, got := range map[string]string{"text": text(t, r), "page": html(t, r)} {
		for _, want := range []string{"two postings more", "no payer had a code left", "status 500"} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %q", name, want)
			}
		}
	}
}

func TestPageNeedsNothingFromAnywhere(t *testing.T) {
	got := html(t, full())
	if outside := regexp.MustCompile(`(?i)https?:|//[a-z]|<script|@import|url\(|<link[^>]*href="[^d]|\bon[a-z]+=`).FindString(got); outside != "" {
		t.Errorf("the page has %q", outside)
	}
	if strings.Contains(got, "<b>fast</b>") || !strings.Contains(got, "default-src &#39;none&#39;") && !strings.Contains(got, "default-src 'none'") {
		t.Error("a value is markup, or there is no policy")
	}
	if n := strings.Count(got, "<svg"); n != 4 {
		t.Errorf("%d charts", n)
	}
	if found := odd.FindString(got); found != "" {
		t.Errorf("the page says %s", found)
	}
}

// Curves stay in their field, also those of almost nothing.
func TestChartsStayInTheirField(t *testing.T) {
	lonely := full().Measured
	lonely.Ramp = nil
	one := bench.Result{Payments: 1, Elapsed: time.Second, PerSlot: []int64{0, 0, 1}}
	one.Latency.Add(0)
	lonely.Phases = []bench.Phase{{Name: bench.Steady, Result: one}, {Name: bench.Overload}}
	number := regexp.MustCompile(`-?\d+\.\d`)
	for name, m := range map[string]*bench.Measured{"full": full().Measured, "lonely": lonely, "none": {}} {
		for _, c := range charts(m) {
			for _, l := range c.Lines {
				if strings.Contains(l.Path, "N") || strings.Contains(l.Path, "I") {
					t.Errorf("%s, %s: %s", name, c.Title, l.Path)
				}
				for _, v := range number.FindAllString(l.Path, -1) {
					if strings.HasPrefix(v, "-") {
						t.Errorf("%s, %s: %s leaves the drawing", name, c.Title, v)
					}
				}
			}
		}
	}
}

func TestReportOfNothing(t *testing.T) {
	for name, r := range map[string]*Report{"nothing": {}, "no phases": {Measured: &bench.Measured{Phases: []bench.Phase{{Name: bench.Steady}}}}} {
		if got := text(t, r) + html(t, r); odd.MatchString(got) {
			t.Errorf("%s: %s", name, odd.FindString(got))
		}
		if _, err := json.Marshal(r.Figures()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFiguresAreThoseOfTheText(t *testing.T) {
	f := full().Figures()
	if len(f.Ramp) != 3 || len(f.Phases) != 6 || f.Best != 16 || f.Payments != 12345 || !f.BooksAgree {
		t.Errorf("%+v", f)
	}
	if theirs := f.Contests[0].Entries[1]; theirs.PerSecond != 1000 || theirs.Ratio != 2 {
		t.Errorf("%+v", theirs)
	}
}

func TestNiceAndNumber(t *testing.T) {
	for v, want := range map[float64]float64{0: 1, 1: 1, 1.1: 2, 2.2: 2.5, 4: 5, 51: 100, 4001: 5000, math.Inf(1): 1} {
		if got := nice(v); got != want {
			t.Errorf("nice(%v) = %v, want %v", v, got, want)
		}
	}
	for v, want := range map[float64]string{0: "0", 0.5: "0.5", 12.34: "12.3", 999.6: "1,000", 12500: "12,500", 1e6: "1,000,000"} {
		if got := number(v); got != want {
			t.Errorf("number(%v) = %s, want %s", v, got, want)
		}
	}
}
