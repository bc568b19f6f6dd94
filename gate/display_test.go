package gate

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestDisplay(t *testing.T) {
	i := newIssuer(t)
	g := i.enrolled()
	page := httptest.NewServer(g.Display(http.NotFoundHandler()))
	t.Cleanup(page.Close)

	events, err := http.Get(page.URL + "/gate/events")
	if err != nil {
		t.Fatal(err)
	}
	defer events.Body.Close()
	lines := bufio.NewScanner(events.Body)
	next := func(name string, into any) {
		t.Helper()
		for lines.Scan() {
			if lines.Text() == "event: "+name && lines.Scan() {
				if err := json.Unmarshal([]byte(strings.TrimPrefix(lines.Text(), "data: ")), into); err != nil {
					t.Fatal(err)
				}
				return
			}
		}
		t.Fatalf("no %s", name)
	}
	var status Status
	next("state", &status)
	if status.Name != "Gate 1" || status.Station != "Central Square" {
		t.Errorf("status %+v", status)
	}

	post := func(body string, headers ...string) (*http.Response, Decision) {
		t.Helper()
		r, err := http.NewRequest("POST", page.URL+"/gate/taps", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for h := 0; h < len(headers); h += 2 {
			r.Header.Set(headers[h], headers[h+1])
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		var d Decision
		json.NewDecoder(answer.Body).Decode(&d)
		return answer, d
	}
	text, err := json.Marshal(map[string]string{"text": i.rider(i.keys[0], nil).shows(time.Now())})
	if err != nil {
		t.Fatal(err)
	}
	if answer, _ := post(string(text), "Sec-Fetch-Site", "cross-site"); answer.StatusCode != 403 {
		t.Errorf("another site's page: %d", answer.StatusCode)
	}
	for _, body := range []string{"", "[]", `{"text": "` + strings.Repeat("A", maxText) + `"}`} {
		if answer, _ := post(body); answer.StatusCode != 400 {
			t.Errorf("%.10q: %d", body, answer.StatusCode)
		}
	}
	answer, d := post(string(text))
	if answer.StatusCode != 200 || !d.Go || d.Number != 1 {
		t.Errorf("%d, %+v", answer.StatusCode, d)
	}
	var heard Decision
	next("decision", &heard)
	if heard.Number != 1 || !heard.Go || heard.Fare == nil {
		t.Errorf("the page heard %+v", heard)
	}
	next("state", &status)
	if status.Gone != 1 {
		t.Errorf("gone %d", status.Gone)
	}
}
