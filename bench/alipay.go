package bench

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/paycode/paycode/client"
)

// gatewayPath is where tills that speak Alipay's OpenAPI call.
const gatewayPath = "/gateway.do"

// gatewaySucceeded is said of a charge that was made there, in its answer.
var gatewaySucceeded = []byte(`"code":"10000"`)

// gatewayBusy is said there where too much waits.
var gatewayBusy = []byte(`"code":"20000"`)

// enrolTills has every merchant's till speak Alipay's OpenAPI, all with one key: to
// the server each is another. It reports false where the server speaks it to nobody.
func (w *World) enrolTills(ctx context.Context) (bool, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return false, fmt.Errorf("bench: %w", err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return false, fmt.Errorf("bench: %w", err)
	}
	in := map[string]any{"public_key": base64.StdEncoding.EncodeToString(der)}
	for _, merchant := range w.merchants {
		err := w.operator.Call(ctx, "POST", "/v1/merchants/"+merchant+"/alipay", in, nil)
		if p := (*client.Problem)(nil); errors.As(err, &p) && p.Status == http.StatusNotFound {
			return false, nil
		} else if err != nil {
			return false, fmt.Errorf("bench: alipay: %w", err)
		}
	}
	w.tillKey = key
	return true, nil
}

// presign makes so many charges by Alipay's gateway, whole requests, before any of
// them is sent: what a till's signature costs is the till's, and must not slow
// down what is measured on the same machine. It stops early when no payer has a code left.
func (w *World) presign(n, merchants int) (requests [][]byte, err error) {
	for i := range n {
		now := time.Now()
		code, ok := w.code(now)
		if !ok {
			break
		}
		order := fmt.Sprintf("%s-%d-%d", w.name, w.runs+1, i)
		r, err := w.charge(w.merchants[i%merchants], order, code, now)
		if err != nil {
			return nil, err
		}
		requests = append(requests, r)
	}
	return requests, nil
}

// stampZone is that of the timestamps of calls.
var stampZone = time.FixedZone("GMT+8", 8*60*60)

func (w *World) charge(app, order, code string, now time.Time) ([]byte, error) {
	biz := `{"out_trade_no":"` + order + `","scene":"bar_code","auth_code":"` + code + `","subject":"bench","total_amount":"0.01"}`
	names := []string{"app_id", "biz_content", "charset", "method", "sign_type", "timestamp", "version"} // sorted
	values := []string{app, biz, "utf-8", "alipay.trade.pay", "RSA2", now.In(stampZone).Format(time.DateTime), "1.0"}
	form, signed := url.Values{}, make([]string, len(names))
	for i, name := range names {
		signed[i] = name + "=" + values[i]
		form.Set(name, values[i])
	}
	sum := sha256.Sum256([]byte(strings.Join(signed, "&")))
	signature, err := rsa.SignPKCS1v15(nil, w.tillKey, crypto.SHA256, sum[:])
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	form.Set("sign", base64.StdEncoding.EncodeToString(signature))
	form.Del("biz_content") // official clients send it in the body, and all else in the address
	body := url.Values{"biz_content": {biz}}.Encode()
	return fmt.Appendf(nil, "POST %s?%s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s",
		gatewayPath, form.Encode(), w.base.Host, len(body), body), nil
}
