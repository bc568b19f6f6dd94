package alipay

import (
	"bytes"
	"context"
	"crypto"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/paycode/paycode/access"
)

// Path is where the gateway is.
const Path = "/gateway.do"

// Gateway answers calls: those of Path itself, those of OpenAPI v3, and bills.
type Gateway struct{ Config }

// Routes are the addresses of all calls, as patterns of net/http.
func (g *Gateway) Routes() map[string]http.Handler {
	all := g.routesV3()
	all["POST "+Path], all["GET "+Path] = g, g
	all["GET "+billPath+"{token}"] = http.HandlerFunc(g.serveBill)
	return all
}

// method is a call that there is.
type method struct {
	call func(*Gateway, context.Context, access.Merchant, business) (answer, error)
	read bool // by OpenAPI v3 it is a GET
}

// charging is the call that is many, and asked for again when it was refused.
const charging = "alipay.trade.pay"

// methods are the calls that there are.
var methods = map[string]method{
	charging:                                         {call: (*Gateway).pay},
	"alipay.trade.query":                             {call: (*Gateway).query},
	"alipay.trade.cancel":                            {call: (*Gateway).cancel},
	"alipay.trade.close":                             {call: (*Gateway).close},
	"alipay.trade.refund":                            {call: (*Gateway).refund},
	"alipay.trade.fastpay.refund.query":              {call: (*Gateway).refundQuery},
	"alipay.trade.precreate":                         {call: (*Gateway).precreate},
	"alipay.open.app.alipaycert.download":            {call: (*Gateway).download},
	"alipay.data.dataservice.bill.downloadurl.query": {call: (*Gateway).bill, read: true},
}

// Charges reports whether a call does nothing but charge, by its address alone: there
// the clients of Alipay write the method.
func Charges(r *http.Request) bool {
	return r.URL.Path == Path && r.URL.Query().Get("method") == charging || r.URL.Path == pathV3(charging)
}

// ServeHTTP answers one call. Refusals are answers too, with status 200 and
// signed: clients throw away whatever is not.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p, err := readParams(w, r)
	a, hash := answer{}, crypto.SHA256
	if err == nil {
		a, hash, err = g.answer(r, p)
	} else {
		err = invalid("parameter", "the parameters cannot be read, or one has two values")
	}
	if err != nil {
		var ours bool
		if a.result, ours = resultOf(err); !ours {
			g.Log.Error("a call was not answered", "method", p["method"], "err", err)
		}
	}
	text, err := g.envelope(rootOf(p["method"]), a, hash, p["app_cert_sn"] != "")
	if err != nil {
		panic(err) // our own key and our own strings
	}
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.Write(text)
}

// answer carries one call out, and says with which hash its answer is signed.
func (g *Gateway) answer(r *http.Request, p params) (answer, crypto.Hash, error) {
	m, hash, err := g.caller(r.Context(), p)
	if err != nil {
		return answer{}, hash, err
	}
	method, ok := methods[p["method"]]
	if !ok {
		return answer{}, hash, invalid("method", "there is no such method here")
	}
	var b business
	if p["biz_content"] == "" {
		return answer{}, hash, missing("biz-content", "biz_content")
	}
	if err := json.Unmarshal([]byte(p["biz_content"]), &b); err != nil {
		return answer{}, hash, wrong("biz_content is not as documented") // err might quote a code
	}
	b.NotifyURL, b.hash, b.origin = p["notify_url"], hash, g.Origin(r)
	a, err := method.call(g, r.Context(), m, b)
	return a, hash, err
}

// caller finds the merchant who signed a call, and the hash that he used. Nothing
// else of the call is believed before.
func (g *Gateway) caller(ctx context.Context, p params) (m access.Merchant, hash crypto.Hash, err error) {
	hash = crypto.SHA256
	for _, name := range []string{"app_id", "method", "sign_type", "sign", "timestamp"} {
		if p[name] == "" {
			return m, hash, missing(strings.ReplaceAll(name, "_", "-"), name)
		}
	}
	a, err := g.app(ctx, p["app_id"])
	if err != nil {
		return m, hash, err
	}
	if hash, err = a.hash(p["sign_type"]); err != nil {
		return m, crypto.SHA256, err
	}
	switch {
	case !p.isBy(a.key, hash):
		return m, hash, invalid("signature", "the signature is not of these parameters by the app's key")
	case !timely(p["timestamp"], g.Now(), g.Zone):
		return m, hash, invalid("timestamp", "timestamp must be the time now, as yyyy-MM-dd HH:mm:ss in GMT+8")
	case p["charset"] != "" && !strings.EqualFold(p["charset"], "utf-8"):
		return m, hash, invalid("charset", "charset must be utf-8")
	case p["format"] != "" && !strings.EqualFold(p["format"], "json"):
		return m, hash, invalid("format", "format must be JSON")
	case p["encrypt_type"] != "":
		return m, hash, invalid("encrypt-type", "encrypted content is not read here")
	case p["app_auth_token"] != "":
		return m, hash, noAgents
	}
	if err := a.mode(g, p["app_cert_sn"], p["alipay_root_cert_sn"]); err != nil {
		return m, hash, err
	}
	m, err = g.Merchants.Merchant(ctx, a.id)
	return m, hash, err
}

// rootOf names the object of an answer. A client looks for its own method's
// name, and finds what it was refused with there as well.
func rootOf(method string) string {
	if _, ok := methods[method]; !ok {
		return "error_response"
	}
	return strings.ReplaceAll(method, ".", "_") + "_response"
}

// envelope signs an answer. Clients cut the signed bytes out of the text, each in its own
// way: so there is no space, this order, and no brace in any value. A client in
// certificate mode is told by which certificate to verify it.
func (g *Gateway) envelope(root string, a answer, hash crypto.Hash, cert bool) ([]byte, error) {
	if !isNumber(a.OutTradeNo) { // of an order that was made at /v1, where more is allowed
		a.OutTradeNo = ""
	}
	inner, err := json.Marshal(a)
	if err != nil {
		return nil, err
	}
	signature, err := sign(g.Platform, hash, inner)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString(`{"` + root + `":`)
	b.Write(inner)
	if cert {
		b.WriteString(`,"alipay_cert_sn":"` + g.certSN() + `"`)
	}
	b.WriteString(`,"sign":"` + signature + `"}`)
	return b.Bytes(), nil
}
