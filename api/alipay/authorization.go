package alipay

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// scheme is that of the Authorization header of OpenAPI v3.
const scheme = "ALIPAY-SHA256withRSA "

// credentials are what an Authorization header says.
type credentials struct {
	text   string // all before the signature, which is signed
	of     map[string]string
	at     time.Time
	window time.Duration // how far at may be from the server's clock
}

// credentialNames are the parameters that there are.
var credentialNames = []string{"app_id", "app_cert_sn", "nonce", "timestamp", "expired_seconds", "sign"}

// parseCredentials reads the one Authorization header of a call: each parameter once, and the
// signature behind all that it is of. A name or a sign that we would read otherwise than who
// signed it must not get as far as being believed.
func parseCredentials(headers []string) (c credentials, err error) {
	if len(headers) != 1 {
		return c, missing("authorization", "one Authorization header")
	}
	wrong := invalid("authorization", "Authorization must be "+scheme+"app_id=…,nonce=…,timestamp=…,sign=…")
	text, ok := strings.CutPrefix(headers[0], scheme)
	if !ok {
		return c, wrong
	}
	c.of = map[string]string{}
	last := ""
	for part := range strings.SplitSeq(text, ",") {
		name, value, ok := strings.Cut(part, "=")
		_, twice := c.of[name]
		if !ok || value == "" || twice || last == "sign" || !slices.Contains(credentialNames, name) || strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return credentials{}, wrong
		}
		c.of[name], last = value, name
	}
	c.text, _, _ = strings.Cut(text, ",sign=")
	seconds := int64(Leeway / time.Second)
	if text := c.of["expired_seconds"]; text != "" {
		asked, err := strconv.ParseUint(text, 10, 31)
		if err != nil {
			return credentials{}, wrong
		}
		seconds = min(int64(asked), seconds)
	}
	at, err := strconv.ParseUint(c.of["timestamp"], 10, 63)
	if err != nil || last != "sign" || c.of["app_id"] == "" || c.of["nonce"] == "" || len(c.of["nonce"]) > 128 {
		return credentials{}, wrong
	}
	c.at, c.window = time.UnixMilli(int64(at)), time.Duration(seconds)*time.Second
	return c, nil
}

// signed is the text that a call's signature is of.
func (c credentials) signed(r *http.Request, body []byte, token []string) []byte {
	text := c.text + "\n" + r.Method + "\n" + r.URL.RequestURI() + "\n" + string(body) + "\n"
	for _, t := range token {
		text += t + "\n"
	}
	return []byte(text)
}
