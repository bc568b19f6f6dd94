package e2e

import (
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/chromedp"
)

// telling are the roles of what one can do something with or would miss; each must have a name to be read out.
var telling = map[string]bool{
	"button": true, "link": true, "textbox": true, "searchbox": true, "checkbox": true, "switch": true, "radio": true,
	"combobox": true, "listbox": true, "spinbutton": true, "slider": true, "tab": true, "menuitem": true, "Date": true,
	"dialog": true, "alertdialog": true, "image": true, "timer": true,
}

// accessible checks that a screen reader has a name for everything on the page.
func (p *page) accessible() {
	p.t.Helper()
	tree, err := chromedp.Call(p.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	must(p.t, err)
	named := 0
	for _, node := range tree.Nodes {
		if node.Ignored || node.Role == nil || !telling[word(node.Role)] {
			continue
		}
		if word(node.Name) == "" {
			p.t.Errorf("a %s has no name: %s", word(node.Role), p.source(node))
		}
		named++
	}
	if named == 0 {
		p.t.Error("the page has nothing to do anything with")
	}
}

// source is the element of a node of the accessibility tree.
func (p *page) source(node *accessibility.Node) string {
	got, err := chromedp.Call(p.ctx, dom.GetOuterHTML, dom.GetOuterHTMLParams{BackendNodeID: node.BackendDOMNodeID})
	if err != nil {
		return err.Error() // it is gone meanwhile
	}
	return got.OuterHTML
}

// word is the text of an accessibility value.
func word(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	return strings.TrimSpace(strings.Trim(string(v.Value), `"`))
}

// fits checks that the page is no wider than the screen.
func (p *page) fits() {
	p.t.Helper()
	if over := eval[float64](p, "document.scrollingElement.scrollWidth - innerWidth"); over > 0 {
		p.t.Errorf("the page is %.0f pixels too wide\n%s", over, p.looks())
	}
}
