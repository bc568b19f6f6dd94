package wechat

import (
	"context"
	"crypto"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/field"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/platform"
)

// codePath is where version 3 charges a code.
const codePath = "/v3/pay/transactions/codepay"

// v3Routes are the calls of version 3 by patterns of net/http.
func (c *Calls) v3Routes() map[string]http.Handler {
	return map[string]http.Handler{
		"POST " + codePath:                                              c.v3(c.codepay),
		"POST /v3/pay/transactions/native":                              c.v3(c.native),
		"GET /v3/pay/transactions/id/{transaction_id}":                  c.v3(c.transaction),
		"GET /v3/pay/transactions/out-trade-no/{out_trade_no}":          c.v3(c.transaction),
		"POST /v3/pay/transactions/out-trade-no/{out_trade_no}/reverse": c.v3(c.reverseOrder),
		"POST /v3/pay/transactions/out-trade-no/{out_trade_no}/close":   c.v3(c.closeOrder),
		"POST /v3/refund/domestic/refunds":                              c.v3(c.refundOrder),
		"GET /v3/refund/domestic/refunds/{out_refund_no}":               c.v3(c.refundOfNumber),
		"GET /v3/bill/tradebill":                                        c.v3(c.tradebill),
		"GET " + billPath:                                               c.v3(c.billFile),
		"GET /v3/certificates":                                          c.v3(c.certificates),
	}
}

// signed is a call of version 3 by a till that is known.
type signed struct {
	*http.Request
	merchant ids.Merchant
	body     []byte
}

// read reads the body: JSON, strictly, of this till.
func (s signed) read(into any) error {
	if err := json.Unmarshal(s.body, into); err != nil {
		return &refusal{"PARAM_ERROR", "请求体不是合法的JSON (the body is not JSON as documented)"} // err might quote a code
	}
	return nil
}

// ours checks that a call is about the merchant whose key signed it.
func (s signed) ours(mchID string) error {
	if mchID != s.merchant.String() {
		return field.Wrong("mchid", "must be that of the signature")
	}
	return nil
}

// app checks that an app is the merchant's, and ours.
func (s signed) app(appID, mchID string) error {
	if err := s.ours(mchID); err != nil {
		return err
	}
	if appID != access.WeChatAppID(s.merchant) {
		return &refusal{"APPID_MCHID_NOT_MATCH", "appid和mchid不匹配 (appid is not of mchid)"}
	}
	return nil
}

// v3 is a call of version 3: it begins only for a till whose signature is good and
// new, and what it answers then is signed, refusals as well. nil is 204.
func (c *Calls) v3(do func(context.Context, signed) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			writeV3(w, &refusal{"PARAM_ERROR", "the body is too large or cut off"})
			return
		}
		merchant, err := c.signer(r, body)
		if err != nil {
			var refused *refusal
			if !errors.As(err, &refused) {
				c.Log.Error("a till's key cannot be read", "err", err)
				refused = unsure
			}
			writeV3(w, refused)
			return
		}
		answer, err := do(r.Context(), signed{r, merchant, body})
		c.answerV3(w, answer, err)
	})
}

// unsigned is for who is not known to be a till. It does not say what is wrong of
// which merchant: nobody learns who has a till.
var unsigned = &refusal{"SIGNERROR", "签名错误 (Authorization is not a new signature by a till's key)"}

// signer finds the merchant who signed a call. Nothing of it is believed before. The nonce is spent last.
func (c *Calls) signer(r *http.Request, body []byte) (m ids.Merchant, err error) {
	a, err := parseAuthorization(r.Header.Values("Authorization"))
	if err != nil {
		return m, unsigned
	}
	if m, err = ids.Parse[ids.Merchant](a.mchID); err != nil {
		return m, unsigned
	}
	k, err := c.Keys.WeChatV3Key(r.Context(), m)
	switch {
	case errors.Is(err, access.ErrKeyUnknown):
		return m, unsigned
	case err != nil:
		return m, err
	case k.Serial != a.serial || !a.timely(c.Now()):
		return m, unsigned
	}
	by, err := platform.PublicKey(k.PublicKey)
	switch {
	case err != nil:
		return m, err
	case !a.of(r.Method, r.URL.RequestURI(), body, by):
		return m, unsigned
	}
	switch err = c.Keys.SpendNonce(r.Context(), m, "wechat", a.nonce, a.at().Add(leeway)); {
	case errors.Is(err, access.ErrReplayed):
		return m, unsigned
	}
	return m, err
}

// answerV3 writes what came of a call, and signs it.
func (c *Calls) answerV3(w http.ResponseWriter, answer any, err error) {
	status := http.StatusOK
	if err != nil {
		var r *refusal
		status, answer, r = refusalV3(err)
		if r == unsure {
			c.Log.Error("a call of WeChat Pay's failed", "err", err)
		}
	}
	var body []byte
	if f, ok := answer.(file); ok && err == nil {
		body = f.bytes
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s"`, f.name))
	} else if answer == nil {
		status = http.StatusNoContent
	} else if body, err = json.Marshal(answer); err != nil {
		panic(err) // our own strings and numbers
	}
	sign(w.Header(), c.Platform, c.Now(), body)
	send(w, status, body)
}

// sign sets the headers by which a body is believed to be the platform's.
func sign(h http.Header, by *platform.Identity, now time.Time, body []byte) {
	timestamp, nonce := strconv.FormatInt(now.Unix(), 10), rand.Text()
	sum := digest(timestamp, nonce, string(body))
	signature, err := by.Sign(crypto.SHA256, sum[:])
	if err != nil {
		panic(err) // our own key
	}
	h.Set("Wechatpay-Timestamp", timestamp)
	h.Set("Wechatpay-Nonce", nonce)
	h.Set("Wechatpay-Signature", base64.StdEncoding.EncodeToString(signature))
	h.Set("Wechatpay-Signature-Type", scheme)
	h.Set("Wechatpay-Serial", by.Certificate.Serial())
}

// writeV3 refuses who is not known to be a till: unsigned, because a signature costs as much
// as a payment, and anybody could ask for it.
func writeV3(w http.ResponseWriter, r *refusal) {
	status, answer, _ := refusalV3(r)
	body, err := json.Marshal(answer)
	if err != nil {
		panic(err) // our own strings
	}
	send(w, status, body)
}

func send(w http.ResponseWriter, status int, body []byte) {
	if len(body) > 0 {
		if w.Header().Get("Content-Type") == "" {
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(status)
	w.Write(body)
}
