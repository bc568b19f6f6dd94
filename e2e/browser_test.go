package e2e

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// program is where a program is that the tests cannot do without.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is missing; make test installs it (%v)", name, err)
	}
	return path
}

// browser is one Chromium process.
type browser struct {
	t        *testing.T
	ctx      context.Context // of its first tab
	taken    bool            // its first tab is in use
	attached map[target.ID]context.Context
	seen     *traffic
	close    func()
}

// flag is a command line flag of Chromium; an empty value is one that is only on.
type flag struct{ name, value string }

// newProfile is an empty profile directory.
func newProfile(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "paycode-e2e-")
	must(t, err)
	t.Cleanup(func() {
		// The browser's last child may still be writing.
		for tries := 0; os.RemoveAll(dir) != nil && tries < 100; tries++ {
			time.Sleep(lookEach)
		}
	})
	return dir
}

// startBrowser starts Chromium with a profile that may have been used before.
// Its pages may call nobody but own, a scheme and a host.
func startBrowser(t *testing.T, profile, own string, flags ...flag) *browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program(t, "chromium")), chromedp.UserDataDir(profile),
		chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-quic", true),
		// Should a page ever call another host, the request is seen and goes nowhere.
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE localhost"),
	)
	for _, f := range flags {
		if f.value == "" {
			options = append(options, chromedp.Flag(f.name, true))
		} else {
			options = append(options, chromedp.Flag(f.name, f.value))
		}
	}
	b := &browser{t: t, attached: map[target.ID]context.Context{}, seen: &traffic{own: own}}
	allocator, release := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator, chromedp.WithListener(b.seen.hear))
	b.ctx = ctx
	b.close = sync.OnceFunc(func() {
		quick, done := context.WithTimeout(ctx, 10*time.Second)
		chromedp.Cancel(quick) // lets the browser write its profile; what hangs is killed below
		done()
		cancel()
		release()
		b.seen.check(t)
	})
	t.Cleanup(b.close)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("chromium does not start: %v", err)
	}
	return b
}

// tab is an empty page; each but the first has storage of its own, as another person's browser has.
func (b *browser) tab() *page {
	b.t.Helper()
	if !b.taken {
		b.taken = true
		return &page{t: b.t, ctx: b.ctx, browser: b}
	}
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(b.seen.hear))
	b.t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		b.t.Fatalf("no new tab: %v", err)
	}
	return &page{t: b.t, ctx: ctx, browser: b}
}

// workers are the service workers that run for a page. From the first call on what they ask for is recorded.
func (b *browser) workers(page string) []context.Context {
	b.t.Helper()
	targets, err := chromedp.Targets(b.ctx)
	if err != nil {
		b.t.Fatalf("targets: %v", err)
	}
	var found []context.Context
	for _, info := range targets {
		if info.Type != "service_worker" || !strings.HasSuffix(info.URL, page+"sw.js") {
			continue
		}
		if b.attached[info.TargetID] == nil {
			b.attached[info.TargetID] = b.attach(info.TargetID)
		}
		found = append(found, b.attached[info.TargetID])
	}
	return found
}

func (b *browser) attach(id target.ID) context.Context {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithTargetID(id), chromedp.WithListener(b.seen.hear))
	b.t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil { // attaches for as long as this context lives
		b.t.Fatalf("service worker: %v", err)
	}
	return ctx
}
