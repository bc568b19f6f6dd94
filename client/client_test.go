package client

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// serve answers every request with the same bytes.
func serve(t *testing.T, status int, contentType, body string) *Client {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Date", "Sat, 21 Nov 2026 22:00:17 GMT")
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	t.Cleanup(s.Close)
	return &Client{Server: s.URL + "/", Authorize: Bearer("mk_1")}
}

func TestWhatIsBelieved(t *testing.T) {
	for _, c := range []struct {
		name         string
		status       int
		contentType  string
		body         string
		lost         bool
		problem      string
		wantIsAbsent bool
	}{
		{"answer", 201, "application/json", `{"id": "pay_1"}`, false, "", false},
		{"answer with a charset", 200, "application/json; charset=utf-8", `{"id": "pay_1"}`, false, "", false},
		{"refusal", 409, "application/problem+json", `{"code": "order_conflict"}`, false, "order_conflict", false},
		{"absent", 404, "application/problem+json", `{"code": "not_found"}`, false, "not_found", true},
		{"another server's path", 404, "application/problem+json", `{"code": "unknown_path"}`, false, "unknown_path", false},
		{"not a word of ours", 404, "text/html", `<h1>404</h1>`, true, "", false},
		{"JSON of somebody else", 403, "application/json", `{"message": "blocked"}`, true, "", false},
		{"log-in page", 200, "text/html", `<h1>Welcome</h1>`, true, "", false},
		{"redirect", 302, "application/json", `{"id": "pay_1"}`, true, "", false},
		{"cut off", 200, "application/json", `{"id": "pa`, true, "", false},
		{"empty", 200, "application/json", ``, true, "", false},
		{"busy", 503, "application/problem+json", `{"code": "overloaded"}`, true, "", false},
		{"failed", 500, "application/problem+json", `{"code": "internal"}`, true, "", false},
		{"too many", 429, "application/json", `{"code": "slow_down"}`, true, "", false},
	} {
		var out struct{ ID string }
		err := serve(t, c.status, c.contentType, c.body).Call(t.Context(), "POST", "/v1/x", map[string]int{"amount": 1}, &out)
		var p *Problem
		errors.As(err, &p)
		switch {
		case errors.Is(err, ErrLost) != c.lost, (p != nil) != (c.problem != ""), IsNotFound(err) != c.wantIsAbsent:
			t.Errorf("%s: %v", c.name, err)
		case p != nil && (p.Code != c.problem || p.Status != c.status || !p.At.Equal(time.Unix(1795298417, 0))):
			t.Errorf("%s: problem %+v", c.name, p)
		case err == nil && out.ID != "pay_1":
			t.Errorf("%s: %+v", c.name, out)
		}
	}
}

func TestNobodyThereIsLost(t *testing.T) {
	c := &Client{Server: "http://localhost:1"}
	if err := c.Call(t.Context(), "GET", "/", nil, nil); !errors.Is(err, ErrLost) {
		t.Error(err)
	}
}

func TestProblemNamesTheFields(t *testing.T) {
	c := serve(t, 422, "application/problem+json", `{"code":"invalid_request","title":"Wrong","errors":[{"location":"body.amount","message":"must be a number"}]}`)
	err := c.Call(t.Context(), "GET", "/", nil, nil)
	if err == nil || !strings.Contains(err.Error(), "body.amount: must be a number") {
		t.Error(err)
	}
}
