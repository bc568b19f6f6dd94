package server_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/platform"
)

// told counts which orders a merchant heard were paid, at his notify_url.
type told struct {
	*httptest.Server
	mu   sync.Mutex
	paid map[string]int
}

func newTold(t *testing.T) *told {
	h := &told{paid: map[string]int{}}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ParseForm() == nil && r.PostForm.Get("trade_status") == "TRADE_SUCCESS" {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.paid[r.PostForm.Get("out_trade_no")]++
		}
		io.WriteString(w, "success")
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *told) of(order string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.paid[order] > 0
}

// TestKilledServerOwesNotifications: a server is killed between charging what tills asked it for by
// Alipay's gateway and telling the merchant. Whatever was paid he is told of by the other server.
func TestKilledServerOwesNotifications(t *testing.T) {
	onePair(t, func(p *pair) {
		file := filepath.Join(p.dir, "platform.key")
		text, err := platform.NewKey(rand.Reader)
		p.must(err)
		p.must(os.WriteFile(file, text, 0o600))
		p.platform, err = platform.Parse(text)
		p.must(err)
		p.near = p.open("localhost:0")
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		p.must(err)
		public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
		p.must(err)
		p.must(p.near.Access.SetAlipayApp(p.Context(), access.AlipayApp{Merchant: p.merchant, PublicKey: public}))
		phone, hook := p.phone(p.payer("Li Lei"), p.far.URL(), "phone"), newTold(t)
		address, kill := p.program("--platform-key", file, "--webhook-loopback")

		var orders []string
		var calls sync.WaitGroup
		for n := range 8 {
			code, err := phone.Show()
			p.must(err)
			order := fmt.Sprint("notified", n)
			orders = append(orders, order)
			call := signedForm(t, key, map[string]string{
				"app_id": p.merchant.String(), "method": "alipay.trade.pay", "sign_type": "RSA2", "notify_url": hook.URL,
				"timestamp":   time.Now().UTC().Format(time.DateTime),
				"biz_content": fmt.Sprintf(`{"out_trade_no":%q,"scene":"bar_code","auth_code":%q,"total_amount":"0.01"}`, order, code.Text),
			})
			calls.Go(func() {
				r, err := http.PostForm(address+"/gateway.do", call)
				if err != nil {
					return // the server died
				}
				r.Body.Close()
				if n >= 2 {
					kill() // as soon as it has said that it charged
				}
			})
		}
		calls.Wait()
		kill()
		paid := 0
		for _, order := range orders {
			var now client.Payment
			if err := p.till.Call(p.Context(), "GET", "/v1/payments?order_no="+order, nil, &now); err != nil || now.Status != client.Succeeded {
				continue // it was not paid, and nobody says so
			}
			paid++
			p.eventually("the merchant is told of "+order, func() bool { return hook.of(order) })
		}
		if hook.mu.Lock(); paid == 0 || len(hook.paid) != paid {
			p.Errorf("%d were paid, told of %v", paid, hook.paid)
		}
		hook.mu.Unlock()
	})
}

// signedForm are parameters of a call with their signature.
func signedForm(t *testing.T, key *rsa.PrivateKey, params map[string]string) url.Values {
	t.Helper()
	form, parts := url.Values{}, []string{}
	for _, name := range slices.Sorted(maps.Keys(params)) {
		form.Set(name, params[name])
		parts = append(parts, name+"="+params[name])
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "&")))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	form.Set("sign", base64.StdEncoding.EncodeToString(signature))
	return form
}
