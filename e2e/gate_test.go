package e2e

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/paycode/paycode/gate"
	"github.com/paycode/paycode/web"
)

// The screen of a small gate, in CSS pixels.
const gateWidth, gateHeight = 800, 480

const station = "Central Square"

// turnstile is a gate with its own page in a browser of its own.
type turnstile struct {
	*page
	gate *gate.Gate

	mu    sync.Mutex
	ahead time.Duration // of its clock
}

// gate enrols a gate, with this clock, and runs it.
func (w *world) gate(now func() time.Time) *gate.Gate {
	w.t.Helper()
	var made struct{ Key string }
	w.call(w.operator, "POST", "/v1/gates", map[string]any{"name": "Gate 1", "line": "Line 1", "station": station}, &made)
	dir := w.t.TempDir()
	must(w.t, gate.Enrol(w.t.Context(), gate.Enrolment{Dir: dir, Server: w.line.address(), Key: made.Key}))
	g, err := gate.Open(dir)
	must(w.t, err)
	g.Log, g.Now = slog.New(slog.DiscardHandler), now
	running, stop := context.WithCancel(context.Background())
	var background sync.WaitGroup
	background.Go(func() { g.Run(running) })
	w.t.Cleanup(func() {
		stop()
		background.Wait()
		must(w.t, g.Close())
	})
	return g
}

// turnstile is a gate with its page in a browser that has this camera.
func (w *world) turnstile(c camera) *turnstile {
	w.t.Helper()
	ts := &turnstile{}
	ts.gate = w.gate(ts.now)
	pages, err := web.Gate(http.NotFound)
	must(w.t, err)
	display := httptest.NewServer(ts.gate.Display(pages))
	w.t.Cleanup(func() { display.CloseClientConnections(); display.Close() })
	address := strings.Replace(display.URL, "127.0.0.1", "localhost", 1)
	ts.page = startBrowser(w.t, newProfile(w.t), address, c.flags()...).tab()
	ts.screen(gateWidth, gateHeight, 1)
	ts.scheme("light")
	_, err = chromedp.Call(ts.ctx, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: noteDecisions})
	must(w.t, err)
	ts.open(address + "/gate/")
	ts.wait("#gate[data-state=idle]")
	return ts
}

func (ts *turnstile) now() time.Time {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	return time.Now().Add(ts.ahead)
}

// clock moves the gate's clock.
func (ts *turnstile) clock(ahead time.Duration) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.ahead = ahead
}

// noteDecisions has every later document of a gate's page write down what it
// decided, however short it was shown. While window.frozen, decisions stay on the screen.
const noteDecisions = `
	window.decisions = [];
	new MutationObserver(() => {
		const { state, reason, number, ms } = document.querySelector('#gate')?.dataset ?? {};
		if (number) window.decisions[number] = { state, reason: reason ?? '', ms: Number(ms ?? NaN) };
	}).observe(document, { childList: true, subtree: true, attributes: true });
	const later = window.setTimeout;
	window.setTimeout = (work, ms, ...more) => (window.frozen && ms === 1200 ? 0 : later(work, ms, ...more));`

// decision is what a gate's page has shown.
type decision struct {
	State  string
	Reason string
	MS     float64 // from the frame with the code to the decision on the screen; only of what its camera saw
}

// decided waits for the page to have shown a decision with this number.
func (ts *turnstile) decided(number int) decision {
	ts.t.Helper()
	ts.until(fmt.Sprintf("window.decisions[%d] && window.decisions[%d].ms >= 0", number, number))
	return eval[decision](ts.page, fmt.Sprintf("window.decisions[%d]", number))
}

// look has the page's camera begin anew, with what it sees now.
func (ts *turnstile) look() {
	ts.t.Helper()
	ts.do(chromedp.Reload())
	ts.wait("#gate[data-state]:not([data-state=starting])")
}

// looksIn waits for a state and shows it on two screens, light and dark, in both languages;
// picture is the name of one of them.
func (ts *turnstile) looksIn(state, picture string) {
	ts.t.Helper()
	for _, screen := range []struct{ width, height int64 }{{gateWidth, gateHeight}, {deskWidth, deskHeight}} {
		for _, language := range []string{"en", "zh-CN"} {
			for _, scheme := range []string{"light", "dark"} {
				ts.screen(screen.width, screen.height, 1)
				ts.scheme(scheme)
				if ts.attribute("html", "lang") != language {
					ts.click("#language")
				}
				ts.until("document.documentElement.lang === " + quote(language))
				ts.wait("#gate[data-state=" + state + "] #title")
				ts.fits()
				ts.readable()
				ts.accessible()
				if screen.height == gateHeight && language == "en" && scheme == "light" {
					ts.keep(picture)
				}
			}
		}
	}
	ts.click("#language")
}

// readable checks that what is said can be read from two metres, and that nothing is cut off.
func (ts *turnstile) readable() {
	ts.t.Helper()
	// Letters of 40 pixels on an 800×480 screen of seven inches are 8 mm high.
	if size := eval[float64](ts.page, "parseFloat(getComputedStyle("+find("#title")+").fontSize)"); size < 40 {
		ts.t.Errorf("the title has letters of %.0f pixels\n%s", size, ts.looks())
	}
	const cut = `['#title', '#about', '#fare', 'footer', '#alarms'].filter((s) => {
		const box = document.querySelector(s)?.getBoundingClientRect();
		return box && (box.left < 0 || box.top < 0 || box.right > innerWidth || box.bottom > innerHeight);
	}).join(' ')`
	if out := eval[string](ts.page, cut); out != "" {
		ts.t.Errorf("outside the screen: %s\n%s", out, ts.looks())
	}
}
