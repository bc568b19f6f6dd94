package e2e

import (
	"strings"
	"testing"
)

// TestFirstVisitIsLight weighs what the wallet's first visit brings, compressed as it comes. Headers are
// logged beside it: over HTTP/2 all but the first answer's shrink to next to nothing.
func TestFirstVisitIsLight(t *testing.T) {
	const most = 60 << 10 // bytes
	w := newWorld(t)
	p := w.browser().tab()
	p.screen(phoneWidth, phoneHeight, phoneScale)
	p.open(w.line.address() + "/wallet/")
	p.wait("#welcome")
	p.fits()
	p.accessible()
	p.until("document.readyState === 'complete'")
	content, all, files := p.browser.seen.weight()
	t.Logf("the first visit: %d answers, %.1f KB of content, %.1f KB with headers", len(files), float64(content)/1024, float64(all)/1024)
	if content == 0 || content > most {
		t.Errorf("the first visit brings %d bytes, want at most %d", content, most)
	}
	for _, file := range files {
		if strings.HasSuffix(file, ".wasm") || strings.Contains(file, "scan") {
			t.Errorf("the first visit fetches %s", file)
		}
	}
}
