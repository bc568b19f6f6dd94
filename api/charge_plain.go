package api

import (
	"bytes"
	"io"
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json"

	"github.com/paycode/paycode/access"
)

// A charge is what a server is asked all day, so one that is plainly good takes a
// short way: read once, not held against a schema by reflection, answered in one
// write. Whatever is not plainly good goes the way of every call, which knows what
// to say about it. Both ways answer alike to the byte; a test holds them to it.

// plainly answers a charge, if this is one that is plainly good; otherwise the
// request is as it was.
func (a *API) plainly(w http.ResponseWriter, r *http.Request) (answered bool) {
	if r.Method != http.MethodPost || r.URL.Path != ChargePath {
		return false
	}
	r.Pattern = chargePattern
	if err := a.identify(r, access.RoleMerchant); err != nil {
		refuse(w, r, problemOf(r.Context(), err))
		return true
	}
	body, p := bodyOf(w, r, maxBody)
	if p != nil {
		refuse(w, r, p)
		return true
	}
	var in chargeInput
	if !in.Body.plain(body) {
		r.Body = io.NopCloser(bytes.NewReader(body))
		return false
	}
	out, err := a.charge(r.Context(), &in)
	if err != nil {
		refuse(w, r, problemOf(r.Context(), err))
		return true
	}
	out.write(w)
	return true
}

const chargePattern = http.MethodPost + " " + ChargePath

// plain reads a body that keeps every rule of Charge's schema. It may say no to
// one that keeps them too, and never yes to another.
func (c *Charge) plain(body []byte) bool {
	if bytes.Contains(body, []byte("null")) || json.Unmarshal(body, c) != nil {
		return false
	}
	if c.Challenge == "" && bytes.Contains(body, []byte(`"challenge"`)) {
		return false // it is there, and says nothing
	}
	return visible(c.OrderNo, 64) && len(c.Code) >= 1 && len(c.Code) <= 512 && c.Amount >= 1 && c.Amount <= 1_000_000_000_000 &&
		isCapitals(string(c.Currency), 3) && len(c.Subject) <= 128 && len(c.TerminalID) <= 64 && (c.Challenge == "" || isHex(c.Challenge, 16))
}

// visible reports whether a text has 1 to most characters, all of visible ASCII.
func visible(s string, most int) bool {
	for i := range len(s) {
		if s[i] < '!' || s[i] > '~' {
			return false
		}
	}
	return len(s) >= 1 && len(s) <= most
}

func isCapitals(s string, n int) bool {
	for i := range len(s) {
		if s[i] < 'A' || s[i] > 'Z' {
			return false
		}
	}
	return len(s) == n
}

func isHex(s string, n int) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; (s[i] < '0' || s[i] > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(s) == n
}

// write answers with a payment.
func (o *chargeOutput) write(w http.ResponseWriter) {
	b, err := json.Marshal(o.Body)
	if err != nil {
		panic(err) // a struct of texts, numbers and times
	}
	h := w.Header()
	h["Content-Type"] = contentJSON
	h["Content-Length"] = []string{strconv.Itoa(len(b))}
	w.WriteHeader(o.Status)
	w.Write(b)
}

var contentJSON = []string{"application/json"}
