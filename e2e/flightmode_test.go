package e2e

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// cut takes the network away from the wallet and from its service worker.
// The function that it answers gives it back.
func (ph *phone) cut() (restore func()) {
	ph.t.Helper()
	return ph.page.cut("/wallet/")
}

// cut is for a page that is at this path, and for its service worker, which is a target of its own.
func (p *page) cut(path string) (restore func()) {
	p.t.Helper()
	workers := p.browser.workers(path)
	if len(workers) != 1 {
		p.t.Fatalf("%d service workers, want 1", len(workers))
	}
	targets := append([]context.Context{p.ctx}, workers...)
	for _, target := range targets {
		offline(p.t, target, true)
	}
	for i, target := range targets {
		if reaches(p.t, target) {
			p.t.Fatalf("target %d of %d still has a network", i+1, len(targets))
		}
	}
	return func() {
		for _, target := range targets {
			offline(p.t, target, false)
		}
	}
}

// reaches reports whether a page or worker reaches the server.
func reaches(t *testing.T, target context.Context) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(target, patience)
	defer cancel()
	yes := true
	got, err := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{
		Expression:   "fetch('/healthz?' + Math.random()).then(() => 'reached', (error) => error.name)",
		AwaitPromise: &yes, ReturnByValue: &yes,
	})
	if err != nil {
		t.Fatalf("fetch: %v", err)
	}
	return string(got.Result.Value) == `"reached"`
}

// offline takes the network away from one page or worker, as flight mode does, or gives it back.
func offline(t *testing.T, ctx context.Context, off bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	rules := []*network.Conditions{}
	if off {
		rules = append(rules, &network.Conditions{Offline: true, DownloadThroughput: -1, UploadThroughput: -1})
	}
	_, err := chromedp.Call(ctx, network.Enable, network.EnableParams{})
	if err == nil {
		_, err = chromedp.Call(ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: rules})
	}
	if err == nil {
		_, err = chromedp.Call(ctx, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: off, DownloadThroughput: -1, UploadThroughput: -1})
	}
	if err != nil {
		t.Fatalf("network conditions: %v", err)
	}
}
