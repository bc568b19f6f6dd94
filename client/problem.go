package client

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Problem is a refusal: the server understood the request and did nothing
// (RFC 9457).
type Problem struct {
	Status int    `json:"status"`
	Code   string `json:"code"` // stable name of the reason
	Title  string `json:"title"`
	Detail string `json:"detail"`
	// Errors says what is wrong with which field, for invalid_request.
	Errors []WrongField `json:"errors"`

	At time.Time `json:"-"` // the server's clock, to a second; zero if it did not say
}

// WrongField is a fault in a request.
type WrongField struct {
	Location string `json:"location"` // such as body.amount
	Message  string `json:"message"`
}

// Error is what happened and what to do next, as the server says it.
func (p *Problem) Error() string {
	if len(p.Errors) == 0 {
		return strings.TrimRight(p.Title+" ("+p.Code+"). "+p.Detail, " ")
	}
	text := p.Title + " (" + p.Code + ")"
	for _, e := range p.Errors {
		text += "; " + e.Location + ": " + e.Message
	}
	return text
}

// IsNotFound reports whether err is the server's answer that there is no such
// thing. A path that the server does not have is something else.
func IsNotFound(err error) bool {
	var p *Problem
	return errors.As(err, &p) && p.Code == "not_found"
}

// refusal tells a problem of our server's from whatever else stands in the way.
func refusal(answer *http.Response) error {
	switch code := answer.StatusCode; {
	case code >= 500, code/100 == 3, code == http.StatusRequestTimeout, code == http.StatusTooEarly, code == http.StatusTooManyRequests:
		return fmt.Errorf("%w: status %d", ErrLost, code)
	case !isJSON(answer.Header):
		return fmt.Errorf("%w: status %d, not from the server", ErrLost, code)
	}
	var p Problem
	if err := decode(answer, &p); err != nil {
		return err
	}
	if p.Code == "" {
		return fmt.Errorf("%w: status %d without a reason", ErrLost, answer.StatusCode)
	}
	p.Status = answer.StatusCode
	p.At, _ = http.ParseTime(answer.Header.Get("Date"))
	return &p
}
