package alipay

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/platform"
	"github.com/paycode/paycode/webhook"
)

// Path is where the gateway is.
const Path = "/gateway.do"

// Config is what a Gateway works with. All fields are needed.
type Config struct {
	Merchants Merchants
	Payments  *payment.Processor
	Refunds   Refunds
	Callbacks Callbacks
	Key       *rsa.PrivateKey // signs every answer
	Zone      *time.Location  // the server's
	Now       func() time.Time
	Log       *slog.Logger
	// Made is called with each payment at its first answer, to be counted.
	Made func(payment.Payment)
}

// Merchants knows who calls. access.Service implements it.
type Merchants interface {
	// Merchant answers a merchant, or access.ErrNotFound.
	Merchant(ctx context.Context, id ids.Merchant) (access.Merchant, error)
	// AlipayKey answers the public key that verifies a merchant's calls, or access.ErrNotFound.
	AlipayKey(ctx context.Context, id ids.Merchant) ([]byte, error)
}

// Refunds lists what was given back. A Store implements it.
type Refunds interface {
	// Refunds lists the refunds of a payment, oldest first.
	Refunds(ctx context.Context, payment ids.Payment) ([]payment.Refund, error)
}

// Callbacks remembers where merchants want to be told. A webhook.Desk implements it.
type Callbacks interface {
	// Ask keeps a callback, durable on return; a *field.Error for a URL that no callback can go to.
	Ask(ctx context.Context, c webhook.Callback) error
}

// Gateway answers calls: an http.Handler for Path.
type Gateway struct{ Config }

// Routes are the gateway's addresses, as patterns of net/http.
func (g *Gateway) Routes() map[string]http.Handler {
	return map[string]http.Handler{"POST " + Path: g, "GET " + Path: g}
}

// charging is the call that is many, and asked for again when it was refused.
const charging = "alipay.trade.pay"

// methods are the calls that there are.
var methods = map[string]func(*Gateway, context.Context, access.Merchant, business) (answer, error){
	charging:                            (*Gateway).pay,
	"alipay.trade.query":                (*Gateway).query,
	"alipay.trade.cancel":               (*Gateway).cancel,
	"alipay.trade.close":                (*Gateway).close,
	"alipay.trade.refund":               (*Gateway).refund,
	"alipay.trade.fastpay.refund.query": (*Gateway).refundQuery,
	"alipay.trade.precreate":            (*Gateway).precreate,
}

// Charges reports whether a call does nothing but charge, by its address alone: there
// the clients of Alipay write the method.
func Charges(r *http.Request) bool {
	return r.URL.Path == Path && r.URL.Query().Get("method") == charging
}

// ServeHTTP answers one call. Refusals are answers too, with status 200 and
// signed: clients throw away whatever is not.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p, err := readParams(w, r)
	var a answer
	if err == nil {
		a, err = g.answer(r.Context(), p)
	} else {
		err = invalid("parameter", "the parameters cannot be read, or one has two values")
	}
	if err != nil {
		var ours bool
		if a.result, ours = resultOf(err); !ours {
			g.Log.Error("a call was not answered", "method", p["method"], "err", err)
		}
	}
	text, err := g.envelope(rootOf(p["method"]), a)
	if err != nil {
		panic(err) // our own key and our own strings
	}
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.Write(text)
}

// answer carries one call out.
func (g *Gateway) answer(ctx context.Context, p params) (answer, error) {
	m, err := g.caller(ctx, p)
	if err != nil {
		return answer{}, err
	}
	call, ok := methods[p["method"]]
	if !ok {
		return answer{}, invalid("method", "there is no such method here")
	}
	var b business
	if p["biz_content"] == "" {
		return answer{}, missing("biz-content", "biz_content")
	}
	if err := json.Unmarshal([]byte(p["biz_content"]), &b); err != nil {
		return answer{}, wrong("biz_content is not as documented") // err might quote a code
	}
	b.NotifyURL = p["notify_url"]
	return call(g, ctx, m, b)
}

// caller finds the merchant who signed a call. Nothing else of the call is
// believed before.
func (g *Gateway) caller(ctx context.Context, p params) (m access.Merchant, err error) {
	for _, name := range []string{"app_id", "method", "sign_type", "sign", "timestamp"} {
		if p[name] == "" {
			return m, missing(strings.ReplaceAll(name, "_", "-"), name)
		}
	}
	id, err := ids.Parse[ids.Merchant](p["app_id"])
	if err != nil {
		return m, invalid("app-id", "there is no such app")
	}
	der, err := g.Merchants.AlipayKey(ctx, id)
	switch {
	case errors.Is(err, access.ErrNotFound):
		return m, invalid("app-id", "there is no such app")
	case err != nil:
		return m, err
	case p["sign_type"] != "RSA2":
		return m, invalid("signature-type", "sign_type must be RSA2")
	}
	k, err := platform.PublicKey(der)
	if err != nil {
		return m, err
	}
	switch {
	case !p.isBy(k):
		return m, invalid("signature", "the signature is not of these parameters by the app's key")
	case !timely(p["timestamp"], g.Now(), g.Zone):
		return m, invalid("timestamp", "timestamp must be the time now, as yyyy-MM-dd HH:mm:ss in GMT+8")
	case p["charset"] != "" && !strings.EqualFold(p["charset"], "utf-8"):
		return m, invalid("charset", "charset must be utf-8")
	case p["format"] != "" && !strings.EqualFold(p["format"], "json"):
		return m, invalid("format", "format must be JSON")
	case p["encrypt_type"] != "":
		return m, invalid("encrypt-type", "encrypted content is not read here")
	}
	return g.Merchants.Merchant(ctx, id)
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
// way: so there is no space, this order, and no brace in any value.
func (g *Gateway) envelope(root string, a answer) ([]byte, error) {
	if !isNumber(a.OutTradeNo) { // of an order that was made at /v1, where more is allowed
		a.OutTradeNo = ""
	}
	inner, err := json.Marshal(a)
	if err != nil {
		return nil, err
	}
	signature, err := sign(g.Key, crypto.SHA256, inner)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString(`{"` + root + `":`)
	b.Write(inner)
	b.WriteString(`,"sign":"` + signature + `"}`)
	return b.Bytes(), nil
}
