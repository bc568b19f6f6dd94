package wechat

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"time"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/platform"
	"github.com/paycode/paycode/webhook"
)

// Config is what the calls work with. All fields but Platform are needed.
type Config struct {
	Keys      Keys
	Payments  Payments
	Refunds   Refunds
	Numbers   RefundNumbers
	History   History
	Zone      *time.Location             // in which a merchant's day begins at midnight
	Origin    func(*http.Request) string // scheme and host as a caller knows them
	Merchants Merchants
	Callbacks Callbacks
	Platform  *platform.Identity // signs answers of version 3; nil where it is not spoken
	Now       func() time.Time
	Made      func(payment.Payment) // is called with each payment at its first answer, to be counted
	Log       *slog.Logger
}

// Keys answers with what a merchant's tills sign. access.Service implements it.
type Keys interface {
	// WeChatKey answers the key, or access.ErrKeyUnknown.
	WeChatKey(ctx context.Context, merchant ids.Merchant) (string, error)
	// WeChatV3Key answers the key of version 3 and its serial number, or access.ErrKeyUnknown.
	WeChatV3Key(ctx context.Context, merchant ids.Merchant) (access.WeChatV3Key, error)
	// WeChatV3Secret answers the key under which secrets are told, or access.ErrKeyUnknown.
	WeChatV3Secret(ctx context.Context, merchant ids.Merchant) (string, error)
	// WeChatClient answers the SHA-256 of the certificate with which a merchant's
	// tills of version 2 have to come where money goes back, empty for none.
	WeChatClient(ctx context.Context, merchant ids.Merchant) ([]byte, error)
	// SpendNonce notes that a nonce was used for a call that is good until a time, or answers access.ErrReplayed.
	SpendNonce(ctx context.Context, merchant ids.Merchant, kind, nonce string, until time.Time) error
}

// Merchants knows merchants by name. access.Service implements it.
type Merchants interface {
	// Merchant answers a merchant, or access.ErrNotFound.
	Merchant(ctx context.Context, id ids.Merchant) (access.Merchant, error)
}

// Payments moves money. payment.Processor implements it.
type Payments interface {
	Charge(ctx context.Context, r payment.Request) (payment.Payment, bool, error)
	Payment(ctx context.Context, id ids.Payment, merchant ids.Merchant) (payment.Payment, error)
	Order(ctx context.Context, merchant ids.Merchant, orderNo string) (payment.Payment, error)
	Cancel(ctx context.Context, id ids.Payment, merchant ids.Merchant) (payment.Payment, error)
	CancelOrder(ctx context.Context, merchant ids.Merchant, orderNo string) (payment.Payment, error)
	Refund(ctx context.Context, id ids.Payment, merchant ids.Merchant, refundNo string, minor int64, reason string) (payment.Refund, bool, error)
}

// Refunds lists what was given back. A Store implements it.
type Refunds interface {
	// Refunds lists the refunds of a payment, oldest first.
	Refunds(ctx context.Context, payment ids.Payment) ([]payment.Refund, error)
}

// RefundNumbers knows which payment a merchant's refund number is for: WeChat Pay
// asks for a refund by this number alone. A Store implements it.
type RefundNumbers interface {
	// BindRefund binds a number to a payment, unless it is bound already, and
	// answers the payment that it is bound to.
	BindRefund(ctx context.Context, merchant ids.Merchant, refundNo string, to ids.Payment) (ids.Payment, error)
	// BoundRefund answers the payment that a number is bound to, or access.ErrNotFound.
	BoundRefund(ctx context.Context, merchant ids.Merchant, refundNo string) (ids.Payment, error)
	// RefundedPayment answers the payment that a merchant's refund is of, or access.ErrNotFound.
	RefundedPayment(ctx context.Context, merchant ids.Merchant, refund ids.Refund) (ids.Payment, error)
}

// Callbacks keeps where a merchant wants to be told. webhook.Desk implements it.
type Callbacks interface {
	// Ask keeps a callback, durable on return; a *field.Error for a URL that no callback can go to.
	Ask(ctx context.Context, c webhook.Callback) error
}

// Calls answers the calls of tills.
type Calls struct{ Config }

// maxBody is the largest body of a request, in bytes.
const maxBody = 64 << 10

// beijing is where WeChat Pay's clock hangs.
var beijing = time.FixedZone("UTC+8", 8*60*60)

// fields are what a call is asked with and answers.
type fields = map[string]string

// chargePath is where version 2 charges a code.
const chargePath = "/pay/micropay"

// Charges reports whether a call does nothing but charge.
func Charges(r *http.Request) bool {
	return r.Method == http.MethodPost && (r.URL.Path == chargePath || r.URL.Path == codePath)
}

// Routes are the calls by patterns of net/http.
func (c *Calls) Routes() map[string]http.Handler {
	all := map[string]http.Handler{
		"POST " + chargePath:       c.call(c.micropay),
		"POST /pay/orderquery":     c.call(c.orderquery),
		"POST /secapi/pay/reverse": c.call(c.reverse, c.certified),
		"POST /secapi/pay/refund":  c.call(c.refund, c.certified),
		"POST /pay/downloadbill":   http.HandlerFunc(c.downloadbill),
		"POST /pay/refundquery":    c.call(c.refundquery),
	}
	if c.Platform != nil {
		maps.Copy(all, c.v3Routes())
	}
	return all
}

// call carries a call of version 2 out, and check is what it has to pass before.
type (
	call  func(context.Context, ids.Merchant, fields) (fields, error)
	check func(*http.Request, ids.Merchant) error
)

// call is a call of version 2: it begins only for a till whose signature is good,
// and whatever it answers is signed. HTTP's status is 200 always, as tills expect.
func (c *Calls) call(do call, checks ...check) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		in, merchant, key, ok := c.begin(w, r)
		if !ok {
			return
		}
		out, err := answered(r, merchant, in, do, checks)
		if err != nil {
			out = c.refused(err)
		}
		out["return_code"], out["appid"], out["mch_id"], out["nonce_str"] = "SUCCESS", in["appid"], in["mch_id"], rand.Text()
		out["sign"] = signV2(in["sign_type"], key, out)
		write(w, out)
	})
}

// begin reads a call and finds whose till it is by; who is none has been answered.
func (c *Calls) begin(w http.ResponseWriter, r *http.Request) (in fields, m ids.Merchant, key string, ok bool) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		write(w, failed("the body is too large or cut off"))
		return
	}
	if in, err = parse(body); err != nil {
		write(w, failed("XML格式错误 (the body is not XML as documented)"))
		return
	}
	m, key, err = c.till(r.Context(), in)
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		write(w, failed(refused.text))
	case err != nil:
		c.Log.Error("a till's key cannot be read", "merchant", m.String(), "err", err)
		write(w, failed(unsure.text))
	}
	return in, m, key, err == nil
}

func answered(r *http.Request, m ids.Merchant, in fields, do call, checks []check) (fields, error) {
	if err := known(m, in); err != nil {
		return nil, err
	}
	for _, passes := range checks {
		if err := passes(r, m); err != nil {
			return nil, err
		}
	}
	out, err := do(r.Context(), m, in)
	if err != nil {
		return nil, err
	}
	out["result_code"] = "SUCCESS"
	return out, nil
}

// known checks what every call has to say of itself.
func known(m ids.Merchant, in fields) error {
	if in["appid"] != access.WeChatAppID(m) {
		return &refusal{"APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配 (appid is not of mch_id)"}
	}
	if in["nonce_str"] == "" {
		return &refusal{"LACK_PARAMS", "nonce_str is missing"}
	}
	return nil
}

// refused is the answer of a call that was not carried out.
func (c *Calls) refused(err error) fields {
	r, known := refusalOf(err)
	if !known {
		c.Log.Error("a call of WeChat Pay's failed", "err", err)
	}
	return fields{"result_code": "FAIL", "err_code": r.code, "err_code_des": r.text}
}

// till finds whose till calls, and its key. A wrong mch_id is answered like a
// wrong signature: nobody learns who has a till.
func (c *Calls) till(ctx context.Context, in fields) (ids.Merchant, string, error) {
	unsigned := &refusal{"SIGNERROR", "签名错误 (the signature is wrong)"}
	m, err := ids.Parse[ids.Merchant](in["mch_id"])
	if err != nil {
		return m, "", unsigned
	}
	key, err := c.Keys.WeChatKey(ctx, m)
	switch {
	case errors.Is(err, access.ErrKeyUnknown):
		return m, "", unsigned
	case err != nil:
		return m, "", err
	case !signedBy(key, in):
		return m, "", unsigned
	}
	return m, key, nil
}

// failed is the answer to who is not known to be a till. It is not signed: there
// is no key to sign with.
func failed(text string) fields { return fields{"return_code": "FAIL", "return_msg": text} }

func write(w http.ResponseWriter, out fields) {
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.Write(format(out))
}
