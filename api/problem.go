package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"

	"github.com/paycode/paycode/field"
)

// Problem is an error as RFC 9457 has it, with a code that programs can rely on.
type Problem struct {
	Type      string       `json:"type" doc:"where the kind of problem is described, relative to this server" example:"/docs#problem-order_conflict"`
	Title     string       `json:"title" doc:"the kind of problem in a few words" example:"The order number was used with another amount"`
	Status    int          `json:"status" minimum:"400" maximum:"599" doc:"the HTTP status again" example:"409"`
	Code      Code         `json:"code" doc:"the stable name of the kind of problem" example:"order_conflict"`
	Detail    string       `json:"detail" doc:"what to do next" example:"Nothing was charged. Ask what became of the order, or use a new number."`
	Errors    []WrongField `json:"errors,omitempty" doc:"what is wrong with which field, for invalid_request"`
	RequestID string       `json:"request_id,omitempty" doc:"names the request in the server's log, for internal"`
	header    http.Header  // to be sent with it
	cause     error        // for the log, never sent
}

// WrongField is one thing that is wrong with a request.
type WrongField struct {
	Location string `json:"location" doc:"where: body.amount, path.id, query.limit" example:"body.amount"`
	Message  string `json:"message" doc:"what is wrong with it" example:"expected number >= 1"`
}

// Error is the code, so that a Problem can be returned where an error is asked for.
func (p *Problem) Error() string { return string(p.Code) }

// Unwrap is what caused it, for the log.
func (p *Problem) Unwrap() error { return p.cause }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header { return p.header }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

// newProblem is the problem of a code, as the table describes it.
func newProblem(code Code) *Problem {
	k := kindOf(code)
	p := &Problem{Type: "/docs#problem-" + string(code), Title: k.Title, Status: k.Status, Code: code, Detail: k.Detail, header: http.Header{}}
	switch {
	case k.challenge != "":
		p.header.Set("WWW-Authenticate", k.challenge)
	case k.Status == http.StatusServiceUnavailable:
		p.header.Set("Retry-After", "1")
	}
	return p
}

// problemOf finds the problem that an error is: by the table, or internal.
func problemOf(ctx context.Context, err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	var wrong *field.Error
	if errors.As(err, &wrong) {
		p = newProblem(InvalidRequest)
		p.Errors = []WrongField{{"body." + wrong.Field, wrong.Problem}}
		return p
	}
	for _, r := range refusals {
		if errors.Is(err, r.err) {
			p = newProblem(r.code)
			p.cause = err
			return p
		}
	}
	return internal(ctx, err)
}

// internal is for faults of ours. The cause goes into the log, under the
// request's id, and nowhere else.
func internal(ctx context.Context, cause error) *Problem {
	p := newProblem(Internal)
	p.RequestID, p.cause = exchangeOf(ctx).id, cause
	return p
}

// write sends the problem outside of huma.
func (p *Problem) write(w http.ResponseWriter) {
	for name, values := range p.header {
		w.Header()[name] = values
	}
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // a struct of strings
	}
	w.Header().Set("Content-Type", problemType)
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(p.Status)
	w.Write(b)
}

// ourProblems turns the errors that huma writes by itself into ours: a huma
// transformer. They all come from reading a request.
func ourProblems(ctx huma.Context, _ string, body any) (any, error) {
	if p, ok := body.(*Problem); ok {
		noteProblem(ctx.Context(), p)
		return p, nil
	}
	theirs, ok := body.(*huma.ErrorModel)
	if !ok {
		return body, nil
	}
	p := internal(ctx.Context(), theirs)
	switch theirs.Status {
	case http.StatusBadRequest:
		p = newProblem(MalformedJSON)
	case http.StatusUnprocessableEntity:
		p = newProblem(InvalidRequest)
		for _, e := range theirs.Errors {
			// The value is left out: it may be a code or a ticket.
			p.Errors = append(p.Errors, WrongField{e.Location, strings.TrimSpace(e.Message)})
		}
	}
	noteProblem(ctx.Context(), p)
	return p, nil
}

// noteProblem has a problem appear in the request's log line.
func noteProblem(ctx context.Context, p *Problem) {
	x := exchangeOf(ctx)
	x.code = p.Code
	if p.Status >= 500 {
		x.cause = p.cause
	}
}

// LogValue is the code: field messages are for the caller.
func (p *Problem) LogValue() slog.Value { return slog.StringValue(string(p.Code)) }
