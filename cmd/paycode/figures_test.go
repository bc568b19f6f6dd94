package main

import (
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/paycode/paycode/till"
)

// figures are what a server that has taken a payment tells Prometheus: the names of labels by the name of the figure.
func figures(t *testing.T) map[string]map[string]bool {
	t.Helper()
	m := openMarket(t)
	_, w := m.payer("Ada", 1000)
	seller := &till.Till{Server: m.URL(), Key: m.key}
	for _, sale := range []till.Sale{{OrderNo: "1"}, {OrderNo: "2"}} {
		code, err := w.Show()
		must(t, err)
		sale.Amount.Minor, sale.Amount.Currency, sale.Code = 700, "CNY", code.Text
		_, err = seller.Charge(t.Context(), sale)
		must(t, err)
	}
	answer, err := http.Get(m.URL() + "/metrics")
	must(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	must(t, err)
	all := map[string]map[string]bool{"up": {}}
	for _, line := range regexp.MustCompile(`(?m)^(\w+)(\{.*\})? `).FindAllStringSubmatch(string(text), -1) {
		if all[line[1]] == nil {
			all[line[1]] = map[string]bool{"job": true, "instance": true}
		}
		for _, label := range labelNames.FindAllStringSubmatch(line[2], -1) {
			all[line[1]][label[1]] = true
		}
	}
	all["up"] = map[string]bool{"job": true, "instance": true}
	return all
}

var (
	labelNames  = regexp.MustCompile(`(\w+)(?:=~|!=|!~|=)"`)
	figureNames = regexp.MustCompile(`\b((?:paycode|process|go)_\w+|up)\b(\{[^}]*\})?`)
)

// TestEveryFigureThatIsWatchedIsThere holds the dashboard, the alerts and the
// document for operators against what a server says; and what it says of
// payments against the dashboard.
func TestEveryFigureThatIsWatchedIsThere(t *testing.T) {
	there := figures(t)
	var alerts struct {
		Groups []struct {
			Rules []struct{ Alert, Expr string }
		}
	}
	must(t, yaml.Unmarshal([]byte(deployed(t, "alerts.yml")), &alerts))
	document, err := os.ReadFile("../../docs/operate.md")
	must(t, err)
	watched := panels(t)
	board := strings.Join(watched, "\n")
	for _, r := range alerts.Groups[0].Rules {
		watched = append(watched, r.Expr)
		if !strings.Contains(string(document), "`"+r.Alert+"`") {
			t.Errorf("docs/operate.md does not say what to do about %s", r.Alert)
		}
	}
	for _, name := range regexp.MustCompile(`paycode_\w+`).FindAllString(string(document), -1) {
		if there[name+"_bucket"] != nil {
			name += "_bucket" // the document means all of a histogram
		}
		watched = append(watched, name)
	}
	for _, expr := range watched {
		for _, used := range figureNames.FindAllStringSubmatch(expr, -1) {
			labels, ok := there[used[1]]
			if !ok {
				t.Errorf("there is no %s, used in %s", used[1], expr)
			}
			for _, l := range labelNames.FindAllStringSubmatch(used[2], -1) {
				if !labels[l[1]] {
					t.Errorf("%s has no label %s, used in %s", used[1], l[1], expr)
				}
			}
		}
	}
	for name := range there {
		base := regexp.MustCompile(`_(bucket|sum|count)$`).ReplaceAllString(name, "")
		if strings.HasPrefix(name, "paycode_") && !strings.Contains(board, base) && base != "paycode_events_total" {
			t.Errorf("the dashboard does not show %s", name)
		}
	}
}
