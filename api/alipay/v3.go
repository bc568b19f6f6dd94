package alipay

import (
	"crypto"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	stdjson "encoding/json"

	"github.com/go-json-experiment/json"

	"github.com/paycode/paycode/access"
)

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
	signature, err := sign(v.Platform, crypto.SHA256, []byte(at+"\n"+nonce+"\n"+string(text)+"\n"))
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
