package api

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/paycode/paycode/field"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/payment"
)

func TestProblemsOfErrors(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		code   Code
	}{
		{payment.ErrOverloaded, 503, Overloaded},
		{fmt.Errorf("decide: %w: disk is full", payment.ErrUnavailable), 503, Unavailable},
		{fmt.Errorf("decide: %w: EOF", payment.ErrUnknownOutcome), 503, Unavailable},
		{money.ErrOverflow, 409, BalanceTooLarge},
		{payment.ErrNotFound, 404, NotFound},
		{field.Wrong("amount", "must be more"), 422, InvalidRequest},
		{newProblem(Forbidden), 403, Forbidden},
		{errors.New("disk: hunter2"), 500, Internal},
		{context.DeadlineExceeded, 500, Internal},
	} {
		w := httptest.NewRecorder()
		problemOf(t.Context(), fmt.Errorf("deep down: %w", c.err)).write(w)
		if w.Code != c.status || !strings.Contains(w.Body.String(), `"code":"`+string(c.code)+`"`) {
			t.Errorf("%v answers %d %s, want %d %s", c.err, w.Code, w.Body, c.status, c.code)
		}
		if strings.Contains(w.Body.String(), "hunter2") {
			t.Errorf("the cause of a fault is told: %s", w.Body)
		}
		if (w.Header().Get("Retry-After") != "") != (c.status == 503) {
			t.Errorf("%v: Retry-After = %q", c.err, w.Header().Get("Retry-After"))
		}
	}
}

func TestTableOfProblems(t *testing.T) {
	known := map[Code]bool{}
	for _, k := range kinds {
		if known[k.Code] || k.Status < 400 || k.Title == "" || k.Detail == "" || (k.challenge != "") != (k.Status == 401) {
			t.Errorf("kind %+v", k)
		}
		known[k.Code] = true
	}
	for _, r := range refusals {
		if !known[r.code] {
			t.Errorf("%v becomes %s, which is not in the table", r.err, r.code)
		}
		if got := problemOf(t.Context(), r.err); got.Code != r.code {
			t.Errorf("%v becomes %s, want %s: an entry before it takes it", r.err, got.Code, r.code)
		}
	}
}

func TestMasked(t *testing.T) {
	for name, want := range map[string]string{
		"": "", "A": "*", "Ada": "A***", "Ada Lovelace": "A***", "王伟": "*伟", "欧阳娜娜": "*娜", " Ada ": "A***", "É": "*", "王": "*",
	} {
		if got := masked(name); got != want {
			t.Errorf("masked(%q) = %q, want %q", name, got, want)
		}
	}
}
