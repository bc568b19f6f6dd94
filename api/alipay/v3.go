package alipay

import (
	"crypto"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	stdjson "encoding/json"

	"github.com/go-json-experiment/json"

	"github.com/paycode/paycode/access"
)

// scheme is that of the Authorization header of OpenAPI v3.
const scheme = "ALIPAY-SHA256withRSA "

// v3 answers one method by OpenAPI v3: an http.Handler. Refusals have a status of 400
// and more, and are signed like all answers.
type v3 struct {
	*Gateway
	method string
}

// routesV3 are the addresses of all methods.
func (g *Gateway) routesV3() map[string]http.Handler {
	all := map[string]http.Handler{}
	for name, m := range methods {
		verb := http.MethodPost
		if m.read {
			verb = http.MethodGet
		}
		all[verb+" "+pathV3(name)] = v3{g, name}
	}
	return all
}

func pathV3(method string) string { return "/v3/" + strings.ReplaceAll(method, ".", "/") }

// ServeHTTP answers one call.
func (v v3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var c credentials
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		err = invalid("body", "the body cannot be read, or is too long")
	} else if c, err = parseCredentials(r.Header.Values("Authorization")); err == nil {
		var a answer
		if a, err = v.answer(r, c, body); err == nil && a.Code == success.Code {
			a.result = result{}
			v.write(w, c, http.StatusOK, a)
			return
		} else if err == nil {
			err = &a.result // a decline, or a payer who is being asked
		}
	}
	refused, ours := resultOf(err)
	if !ours {
		v.Log.Error("a call was not answered", "method", v.method, "err", err)
	}
	v.write(w, c, refused.status(), refusal{refused.name(), refused.SubMsg, []struct{}{}, []struct{}{}})
}

// refusal is what a call is refused with.
type refusal struct {
	Code    string     `json:"code"`
	Message string     `json:"message"`
	Details []struct{} `json:"details"`
	Links   []struct{} `json:"links"`
}

// write signs an answer, and names the certificate where the caller named his.
func (v v3) write(w http.ResponseWriter, c credentials, status int, a any) {
	text, err := stdjson.Marshal(a)
	if err != nil {
		panic(err) // our own strings
	}
	at, nonce := strconv.FormatInt(v.Now().UnixMilli(), 10), rand.Text()
	signature, err := sign(v.Platform.Key, crypto.SHA256, []byte(at+"\n"+nonce+"\n"+string(text)+"\n"))
	if err != nil {
		panic(err) // our own key
	}
	h := w.Header()
	h.Set("Content-Type", "application/json;charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	h.Set("alipay-timestamp", at)
	h.Set("alipay-nonce", nonce)
	h.Set("alipay-signature", signature)
	if c.of["app_cert_sn"] != "" {
		h.Set("alipay-sn", v.certSN())
	}
	w.WriteHeader(status)
	w.Write(text)
}

// answer carries one call out.
func (v v3) answer(r *http.Request, c credentials, body []byte) (answer, error) {
	m, err := v.caller(r, c, body)
	if err != nil {
		return answer{}, err
	}
	b := business{hash: crypto.SHA256, origin: v.Origin(r)}
	if r.Method == http.MethodGet {
		if body, err = queried(r.URL.RawQuery); err != nil {
			return answer{}, err
		}
	}
	if err := json.Unmarshal(body, &b); err != nil {
		return answer{}, wrong("the body is not as documented") // err might quote a code
	}
	return methods[v.method].call(v.Gateway, r.Context(), m, b)
}

// queried is a query as the object that a body would be.
func queried(query string) ([]byte, error) {
	p := params{}
	if err := p.add(query); err != nil {
		return nil, invalid("parameter", "the parameters cannot be read, or one has two values")
	}
	return stdjson.Marshal(p)
}

// caller finds the merchant who signed a call, which is good once.
func (v v3) caller(r *http.Request, c credentials, body []byte) (m access.Merchant, err error) {
	a, err := v.app(r.Context(), c.of["app_id"])
	if err != nil {
		return m, err
	}
	token := r.Header.Values("alipay-app-auth-token")
	switch {
	case !isSigned(a.key, crypto.SHA256, c.signed(r, body, token), c.of["sign"]):
		return m, invalid("signature", "the signature is not of this call by the app's key")
	case len(token) > 0:
		return m, noAgents
	case len(r.Header.Values("alipay-encrypt-type")) > 0:
		return m, invalid("encrypt-type", "encrypted content is not read here")
	}
	if err := a.mode(v.Gateway, c.of["app_cert_sn"], r.Header.Get("alipay-root-cert-sn")); err != nil {
		return m, err
	}
	if v.Now().Sub(c.at).Abs() > c.window {
		return m, invalid("timestamp", "timestamp must be the time now, in milliseconds")
	}
	err = v.Merchants.SpendNonce(r.Context(), a.id, "alipay/v3", c.of["nonce"], c.at.Add(c.window))
	if errors.Is(err, access.ErrReplayed) {
		return m, invalid("nonce", "the nonce was used before")
	} else if err != nil {
		return m, err
	}
	return v.Merchants.Merchant(r.Context(), a.id)
}

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
