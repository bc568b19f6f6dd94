package e2e

import (
	"context"
	"os"
	"path/filepath"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// screen makes the page as large as a screen, with so many pixels to a CSS pixel.
func (p *page) screen(width, height int64, scale float64) {
	p.t.Helper()
	p.do(chromedp.EmulateViewport(width, height, chromedp.EmulateScale(scale)))
}

// scheme is "light" or "dark".
func (p *page) scheme(name string) {
	p.t.Helper()
	_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"}},
	})
	if err != nil {
		p.t.Fatalf("color scheme: %v", err)
	}
}

// picture is what is on the screen, as PNG.
func (p *page) picture() []byte {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Fatalf("screenshot: %v", err)
	}
	return png
}

// keep writes a picture for the README, when pictures are wanted and this one has a name.
func (p *page) keep(name string) {
	p.t.Helper()
	dir := os.Getenv("PAYCODE_PICTURES")
	if dir == "" || name == "" {
		return
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join("..", dir) // tests run in their package's directory
	}
	p.do(chromedp.MouseEvent(chromedp.MouseMoved, 0, 0)) // off whatever it was on
	if err := os.WriteFile(filepath.Join(dir, name+".png"), p.picture(), 0o644); err != nil {
		p.t.Fatal(err)
	}
}
