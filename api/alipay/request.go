package alipay

import (
	"crypto"
	"crypto/rsa"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// maxBody is the largest body of a call, in bytes.
const maxBody = 64 << 10

// params are a call's parameters by name, as they were before URL encoding.
type params map[string]string

var errParams = errors.New("alipay: parameters that cannot be read")

// readParams gathers what clients spread over query and form. A name twice must have one
// value: of two, a proxy and we might read different ones.
func readParams(w http.ResponseWriter, r *http.Request) (params, error) {
	p := params{}
	if err := p.add(r.URL.RawQuery); err != nil || r.Method == http.MethodGet {
		return p, err
	}
	// Whatever the Content-Type says: not every client sends one.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return p, errParams
	}
	return p, p.add(string(body))
}

func (p params) add(encoded string) error {
	values, err := url.ParseQuery(encoded)
	if err != nil {
		return errParams
	}
	for name, all := range values {
		for _, v := range all {
			if had, ok := p[name]; ok && had != v {
				return errParams
			}
			p[name] = v
		}
	}
	return nil
}

// signed is the text that a call's signature is of: every parameter but sign as
// name=value, by name, joined with &. Some clients leave out empty values.
func (p params) signed(withEmpty bool) []byte {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(p)) {
		if name == "sign" || p[name] == "" && !withEmpty {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(name + "=" + p[name])
	}
	return []byte(b.String())
}

// isBy reports whether a call was signed with the key, over this hash.
func (p params) isBy(k *rsa.PublicKey, h crypto.Hash) bool {
	for _, withEmpty := range []bool{true, false} {
		if isSigned(k, h, p.signed(withEmpty), p["sign"]) {
			return true
		}
	}
	return false
}

// beijing is the zone of the company's timestamps.
var beijing = time.FixedZone("GMT+8", 8*60*60)

const stampLayout = "2006-01-02 15:04:05"

// Leeway is how far a call's timestamp may be from the server's clock. Within it
// a call that somebody recorded can be sent again, which has the effect of once.
const Leeway = 10 * time.Minute

// timely reports whether a timestamp is of now, in Beijing's time or in the server's zone:
// clients differ in whose they send.
func timely(stamp string, now time.Time, zone *time.Location) bool {
	for _, z := range []*time.Location{beijing, zone} {
		if t, err := time.ParseInLocation(stampLayout, stamp, z); err == nil && now.Sub(t).Abs() <= Leeway {
			return true
		}
	}
	return false
}
