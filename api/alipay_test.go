package api_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/platform"
	"github.com/paycode/paycode/server"
)

// identity is who all worlds are to tills that speak Alipay's OpenAPI: making its key
// takes longer than most tests.
var identity = sync.OnceValue(func() *platform.Identity {
	text, err := platform.NewKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	i, err := platform.Parse(text)
	if err != nil {
		panic(err)
	}
	return i
})

// alipayTill is a merchant's till that speaks Alipay's OpenAPI.
type alipayTill struct {
	w        *world
	id       string
	merchant as // his native key
	key      *rsa.PrivateKey
	platform *rsa.PublicKey
	zone     *time.Location
	config   obj // of the official client, where it is another one
}

// tillKeys are those of the tills of a world, one after the other, for the same reason.
var tillKeys = [...]func() *rsa.PrivateKey{sync.OnceValue(newTillKey), sync.OnceValue(newTillKey), sync.OnceValue(newTillKey)}

func newTillKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

func newAlipayTill(w *world, name string) *alipayTill {
	w.t.Helper()
	key := tillKeys[w.tills]()
	w.tills++
	id, mk := w.newMerchant(name)
	a := &alipayTill{w: w, merchant: bearer(mk), key: key, zone: time.FixedZone("", 8*60*60)}
	r := w.want(w.call(bearer(w.op), "POST", "/v1/merchants/"+id+"/alipay", obj{"public_key": publicPEM(w.t, &key.PublicKey)}), 200)
	a.id = r.str("app_id")
	der, err := base64.StdEncoding.DecodeString(r.str("platform_public_key"))
	if err != nil {
		w.t.Fatal(err)
	}
	public, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		w.t.Fatal(err)
	}
	a.platform = public.(*rsa.PublicKey)
	if r.str("gateway") != w.url+"/gateway.do" {
		w.t.Errorf("gateway %q", r.str("gateway"))
	}
	return a
}

func publicPEM(t *testing.T, k *rsa.PublicKey) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// call is a call's parameters, signed.
func (a *alipayTill) call(method string, biz obj) map[string]string {
	a.w.t.Helper()
	text, err := json.Marshal(biz)
	if err != nil {
		a.w.t.Fatal(err)
	}
	p := map[string]string{
		"app_id": a.id, "method": method, "charset": "utf-8", "sign_type": "RSA2", "version": "1.0",
		"timestamp": a.w.clock.now().In(a.zone).Format("2006-01-02 15:04:05"), "biz_content": string(text),
	}
	a.sign(p)
	return p
}

func (a *alipayTill) sign(p map[string]string) {
	a.w.t.Helper()
	delete(p, "sign")
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(p)) {
		parts = append(parts, k+"="+p[k])
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "&")))
	signature, err := rsa.SignPKCS1v15(nil, a.key, crypto.SHA256, sum[:])
	if err != nil {
		a.w.t.Fatal(err)
	}
	p["sign"] = base64.StdEncoding.EncodeToString(signature)
}

// manner is how a client spreads parameters over a request.
type manner func(t *testing.T, gateway string, p map[string]string) *http.Request

func encoded(p map[string]string, only ...string) string {
	v := url.Values{}
	for k, s := range p {
		if len(only) == 0 || slices.Contains(only, k) {
			v.Set(k, s)
		}
	}
	return v.Encode()
}

func request(t *testing.T, method, url, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=utf-8")
	return r
}

// The manners of the clients that are in use, and whose each is.
var manners = map[string]manner{
	"form (smartwalle)": func(t *testing.T, gateway string, p map[string]string) *http.Request {
		return request(t, "POST", gateway, encoded(p))
	},
	"form, charset twice (gopay)": func(t *testing.T, gateway string, p map[string]string) *http.Request {
		return request(t, "POST", gateway+"?charset=utf-8", encoded(p))
	},
	"query and form (Node, Java, PHP, Python)": split,
	"query alone (fzlee)": func(t *testing.T, gateway string, p map[string]string) *http.Request {
		return request(t, "GET", gateway+"?"+encoded(p), "")
	},
}

func split(t *testing.T, gateway string, p map[string]string) *http.Request {
	public := maps.Clone(p)
	delete(public, "biz_content")
	return request(t, "POST", gateway+"?"+encoded(public), encoded(p, "biz_content"))
}

// send sends a call and answers what is in the answer, whose signature it has verified over
// the bytes between the root's name and the signature.
func (a *alipayTill) send(r *http.Request) obj {
	a.w.t.Helper()
	out := a.w.send(r)
	if out.status != 200 {
		a.w.t.Fatalf("answered %d %s", out.status, out.text)
	}
	_, rest, _ := strings.Cut(out.text, `_response":`)
	if rest == "" {
		_, rest, _ = strings.Cut(out.text, `error_response":`)
	}
	inner, tail, _ := strings.Cut(rest, `,"sign":"`)
	inner, _, _ = strings.Cut(inner, `,"alipay_cert_sn":`)
	signature, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(tail, `"}`))
	if err != nil {
		a.w.t.Fatalf("%v in %s", err, out.text)
	}
	sum := sha256.Sum256([]byte(inner))
	if err := rsa.VerifyPKCS1v15(a.platform, crypto.SHA256, sum[:], signature); err != nil {
		a.w.t.Fatalf("%v: %s", err, out.text)
	}
	var body obj
	if err := json.Unmarshal([]byte(inner), &body); err != nil {
		a.w.t.Fatal(err)
	}
	return body
}

func (a *alipayTill) do(method string, biz obj) obj {
	a.w.t.Helper()
	return a.send(split(a.w.t, a.w.url+"/gateway.do", a.call(method, biz)))
}

// want fails unless the answer has this code, and this sub_code where there is one.
func (a *alipayTill) want(got obj, code, sub string) obj {
	a.w.t.Helper()
	if s, _ := got["sub_code"].(string); got["code"] != code || s != sub {
		a.w.t.Fatalf("answered %v, want %s %s", got, code, sub)
	}
	return got
}

func barcode(orderNo, code, amount string) obj {
	return obj{"out_trade_no": orderNo, "scene": "bar_code", "auth_code": code, "subject": "Tea 茶 {a}", "total_amount": amount, "product_code": "FACE_TO_FACE_PAYMENT"}
}

func (p *phone) has(w *world) float64 {
	w.t.Helper()
	return w.want(w.call(p.as, "GET", "/v1/device/payments", nil), 200).object("balance")["amount"].(float64)
}

func TestAlipayEveryManner(t *testing.T) {
	w := newWorld(t)
	a, p := newAlipayTill(w, "Tea {house}"), enrolled(w, w.newPayer("anna", "Anna", 100_000))
	order := 0
	for name, m := range manners {
		order++
		no := "M" + string(rune('0'+order))
		call := a.call("alipay.trade.pay", barcode(no, p.digits(), "88.88"))
		first := a.want(a.send(m(t, w.url+"/gateway.do", call)), "10000", "")
		again := a.want(a.send(m(t, w.url+"/gateway.do", call)), "10000", "")
		if first["trade_no"] != again["trade_no"] || first["total_amount"] != "88.88" || first["out_trade_no"] != no {
			t.Errorf("%s: %v, again %v", name, first, again)
		}
		if got := p.has(w); got != float64(100_000-8_888*order) {
			t.Errorf("%s: %v is left", name, got)
		}
		w.clock.advance(time.Minute) // a window has one code here
	}
	w.balanced()
}

func TestAlipayLifeOfAnOrder(t *testing.T) {
	w := newWorld(t)
	a, p := newAlipayTill(w, "Tea"), enrolled(w, w.newPayer("anna", "Anna", 100_000))
	a.want(a.do("alipay.trade.query", obj{"out_trade_no": "A1"}), "40004", "ACQ.TRADE_NOT_EXIST")
	code := p.digits()
	paid := a.want(a.do("alipay.trade.pay", barcode("A1", code, "100.00")), "10000", "")
	a.want(a.do("alipay.trade.pay", barcode("A2", code, "100.00")), "40004", "ACQ.PAYMENT_AUTH_CODE_INVALID")
	a.want(a.do("alipay.trade.pay", barcode("A1", code, "100.01")), "40004", "ACQ.CONTEXT_INCONSISTENT")

	// The native route knows the same order, and charges it no more.
	native := w.want(w.call(a.merchant, "GET", "/v1/payments?order_no=A1", nil), 200)
	if native.str("id") != paid["trade_no"] {
		t.Errorf("natively %s, here %v", native.str("id"), paid["trade_no"])
	}
	w.want(w.call(a.merchant, "POST", "/v1/payments", charge("A1", p.text(), 10_000)), 200)

	if q := a.do("alipay.trade.query", obj{"trade_no": paid["trade_no"]}); q["trade_status"] != "TRADE_SUCCESS" || q["send_pay_date"] == nil {
		t.Errorf("query: %v", q)
	}
	if q := a.do("alipay.trade.query", obj{"out_trade_no": "A2"}); q["trade_status"] != "WAIT_BUYER_PAY" {
		t.Errorf("a declined order: %v", q)
	}
	a.want(a.do("alipay.trade.close", obj{"out_trade_no": "A1"}), "40004", "ACQ.TRADE_STATUS_ERROR")
	a.want(a.do("alipay.trade.close", obj{"out_trade_no": "A2"}), "10000", "")
	a.want(a.do("alipay.trade.pay", barcode("A2", p.text(), "100.00")), "40004", "ACQ.TRADE_HAS_CLOSE")

	part := obj{"out_trade_no": "A1", "refund_amount": "30", "out_request_no": "R1"}
	for _, change := range []string{"Y", "N"} {
		if r := a.want(a.do("alipay.trade.refund", part), "10000", ""); r["fund_change"] != change || r["refund_fee"] != "30.00" {
			t.Errorf("refund: %v", r)
		}
	}
	a.want(a.do("alipay.trade.refund", obj{"out_trade_no": "A1", "refund_amount": "31", "out_request_no": "R1"}), "40004", "ACQ.DISCORDANT_REPEAT_REQUEST")
	a.want(a.do("alipay.trade.refund", obj{"out_trade_no": "A1", "refund_amount": "80", "out_request_no": "R2"}), "40004", "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
	a.want(a.do("alipay.trade.refund", obj{"out_trade_no": "A1", "refund_amount": "30"}), "40004", "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
	if r := a.do("alipay.trade.fastpay.refund.query", obj{"out_trade_no": "A1", "out_request_no": "R1"}); r["refund_status"] != "REFUND_SUCCESS" || r["refund_amount"] != "30.00" {
		t.Errorf("refund query: %v", r)
	}
	if r := a.want(a.do("alipay.trade.fastpay.refund.query", obj{"out_trade_no": "A1", "out_request_no": "R2"}), "10000", ""); r["refund_status"] != nil {
		t.Errorf("a refund that was refused: %v", r)
	}
	a.want(a.do("alipay.trade.cancel", obj{"out_trade_no": "A1"}), "40004", "ACQ.CANCEL_NOT_ALLOWED")

	w.clock.advance(2 * time.Minute)
	a.want(a.do("alipay.trade.pay", barcode("A3", p.digits(), "10.00")), "10000", "")
	for _, action := range []any{"refund", nil} {
		if c := a.want(a.do("alipay.trade.cancel", obj{"out_trade_no": "A3"}), "10000", ""); c["action"] != action || c["retry_flag"] != "N" {
			t.Errorf("cancel: %v, want %v", c, action)
		}
	}
	if c := a.want(a.do("alipay.trade.cancel", obj{"out_trade_no": "never-seen"}), "10000", ""); c["action"] != "close" {
		t.Errorf("cancel of nothing: %v", c)
	}
	if got := p.has(w); got != 93_000 {
		t.Errorf("%v is left, want 930.00", got)
	}
	w.balanced()
}

func TestAlipayDeclines(t *testing.T) {
	w := newWorld(t)
	a, poor := newAlipayTill(w, "Tea"), enrolled(w, w.newPayer("poor", "Paul", 100))
	a.want(a.do("alipay.trade.pay", barcode("D1", poor.digits(), "5.00")), "40004", "ACQ.BUYER_BALANCE_NOT_ENOUGH")
	a.want(a.do("alipay.trade.pay", barcode("D2", "289876543210123456", "5.00")), "40004", "ACQ.PAYMENT_AUTH_CODE_INVALID")
	code := poor.text()
	for _, amount := range []any{"0", "0.00", "-1", "1.001", "", "1e2", "99999999999999999999", obj{}} {
		b := barcode("D3", code, "")
		b["total_amount"] = amount
		a.want(a.do("alipay.trade.pay", b), "40004", "ACQ.INVALID_PARAMETER")
	}
	b := barcode("D4", code, "")
	b["total_amount"] = 0.5 // as a number
	a.want(a.do("alipay.trade.pay", b), "10000", "")
	w.want(w.call(bearer(w.op), "POST", "/v1/merchants/"+a.id+"/suspend", nil), 200)
	w.clock.advance(2 * time.Minute)
	a.want(a.do("alipay.trade.pay", barcode("D5", poor.text(), "0.10")), "40004", "ACQ.SELLER_BEEN_BLOCKED")
	w.balanced()
}

func TestAlipayPayerConfirms(t *testing.T) {
	w := newWorld(t)
	payer := w.newPayer("rich", "Rita", 1_000_000)
	w.want(w.call(bearer(w.op), "PUT", "/v1/payers/"+payer+"/limits", obj{"per_payment": 500_000, "per_day": 500_000, "count_per_day": 10, "confirm_above": 1_000}), 200)
	a, p := newAlipayTill(w, "Tea"), enrolled(w, payer)
	w.listen(p)
	waits := a.want(a.do("alipay.trade.pay", barcode("C1", p.digits(), "200.00")), "10003", "")
	if q := a.do("alipay.trade.query", obj{"out_trade_no": "C1"}); q["trade_status"] != "WAIT_BUYER_PAY" {
		t.Errorf("before: %v", q)
	}
	w.want(w.call(p.as, "POST", "/v1/device/payments/"+waits["trade_no"].(string)+"/confirm", nil), 200)
	if q := a.do("alipay.trade.query", obj{"out_trade_no": "C1"}); q["trade_status"] != "TRADE_SUCCESS" {
		t.Errorf("after: %v", q)
	}
}

// TestAlipayTakesAnyPrefix: whatever digits an issuer has chosen so that tills route his codes here.
func TestAlipayTakesAnyPrefix(t *testing.T) {
	for _, prefix := range []string{"13", "28", "62"} {
		t.Run(prefix, func(t *testing.T) {
			profile := paycode.DefaultProfile()
			profile.Prefix = prefix
			if prefix == "62" {
				profile.OTPDigits = 7 // 19 digits, as UnionPay's
			}
			w := newWorldOf(t, server.Config{Profile: profile})
			a, p := newAlipayTill(w, "Tea"), enrolled(w, w.newPayer("anna", "Anna", 10_000))
			a.want(a.do("alipay.trade.pay", barcode("N1", profile.NewDigits(&p.seed, p.alias, p.slot()), "10.00")), "10000", "")
			if got := p.has(w); got != 9000 {
				t.Errorf("the payer has %v", got)
			}
		})
	}
}

func TestAlipayPrecreate(t *testing.T) {
	w := newWorld(t)
	a, p := newAlipayTill(w, "Tea {house}"), enrolled(w, w.newPayer("anna", "Anna", 10_000))
	code := a.want(a.do("alipay.trade.precreate", obj{"out_trade_no": "P1", "subject": "Tea", "total_amount": "12.50"}), "10000", "")["qr_code"]
	a.want(a.do("alipay.trade.query", obj{"out_trade_no": "P1"}), "40004", "ACQ.TRADE_NOT_EXIST")
	w.want(w.call(p.as, "POST", "/v1/device/pay", obj{"merchant_qr": code, "reference": "x"}), 201)
	if q := a.do("alipay.trade.query", obj{"out_trade_no": "P1"}); q["trade_status"] != "TRADE_SUCCESS" || q["total_amount"] != "12.50" {
		t.Errorf("paid: %v", q)
	}
}

func TestAlipayRefusesWhatIsNotSigned(t *testing.T) {
	w := newWorld(t)
	a, p := newAlipayTill(w, "Tea"), enrolled(w, w.newPayer("anna", "Anna", 10_000))
	code := p.digits()
	stranger := newAlipayTill(w, "Stranger")
	send := func(change func(map[string]string)) obj {
		call := a.call("alipay.trade.pay", barcode("S1", code, "1.00"))
		change(call)
		return a.send(split(t, w.url+"/gateway.do", call))
	}
	for name, c := range map[string]struct {
		change    func(map[string]string)
		code, sub string
	}{
		"amount altered":       {func(c map[string]string) { c["biz_content"] = strings.Replace(c["biz_content"], "1.00", "1.01", 1) }, "40002", "isv.invalid-signature"},
		"another's app":        {func(c map[string]string) { c["app_id"] = stranger.id }, "40002", "isv.invalid-signature"},
		"another's key":        {stranger.sign, "40002", "isv.invalid-signature"},
		"parameter added":      {func(c map[string]string) { c["notify_url"] = "http://x" }, "40002", "isv.invalid-signature"},
		"no base64":            {func(c map[string]string) { c["sign"] = "?" }, "40002", "isv.invalid-signature"},
		"no signature":         {func(c map[string]string) { delete(c, "sign") }, "40001", "isv.missing-sign"},
		"SHA-1":                {func(c map[string]string) { c["sign_type"] = "RSA"; a.sign(c) }, "40002", "isv.invalid-signature-type"},
		"no such app":          {func(c map[string]string) { c["app_id"] = "2014072300007148"; a.sign(c) }, "40002", "isv.invalid-app-id"},
		"no such method":       {func(c map[string]string) { c["method"] = "alipay.trade.give"; a.sign(c) }, "40002", "isv.invalid-method"},
		"old":                  {func(c map[string]string) { c["timestamp"] = "2026-01-01 00:00:00"; a.sign(c) }, "40002", "isv.invalid-timestamp"},
		"other charset":        {func(c map[string]string) { c["charset"] = "gbk"; a.sign(c) }, "40002", "isv.invalid-charset"},
		"encrypted":            {func(c map[string]string) { c["encrypt_type"] = "AES"; a.sign(c) }, "40002", "isv.invalid-encrypt-type"},
		"nothing asked for":    {func(c map[string]string) { delete(c, "biz_content"); a.sign(c) }, "40001", "isv.missing-biz-content"},
		"content that is none": {func(c map[string]string) { c["biz_content"] = "{"; a.sign(c) }, "40004", "ACQ.INVALID_PARAMETER"},
	} {
		if got := send(c.change); got["code"] != c.code || got["sub_code"] != c.sub {
			t.Errorf("%s: %v", name, got)
		}
	}
	a.want(a.send(request(t, "POST", w.url+"/gateway.do?app_id=other", encoded(a.call("alipay.trade.pay", barcode("S1", code, "1.00"))))), "40002", "isv.invalid-parameter")
	w.want(w.call(a.merchant, "GET", "/v1/payments?order_no=S1", nil), 404)
	// Empty values are signed by some clients and left out by others.
	for _, withEmpty := range []bool{true, false} {
		call := a.call("alipay.trade.pay", barcode("S2", code, "1.00"))
		if withEmpty {
			call["return_url"] = ""
			a.sign(call)
		} else {
			call["return_url"] = ""
		}
		a.want(a.send(split(t, w.url+"/gateway.do", call)), "10000", "")
	}
	if got := p.has(w); got != 9_900 {
		t.Errorf("%v is left, want 99.00", got)
	}
}

func TestAlipayKeysOfMerchants(t *testing.T) {
	w := newWorld(t)
	a := newAlipayTill(w, "Tea")
	path := "/v1/merchants/" + a.id + "/alipay"
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"x", "AAAA", publicPEM(t, &short.PublicKey), publicPEM(t, a.platform), platform.PublicText(a.platform)} {
		w.want(w.call(bearer(w.op), "POST", path, obj{"public_key": bad}), 422, "invalid_request")
	}
	a.want(a.do("alipay.trade.query", obj{"out_trade_no": "K1"}), "40004", "ACQ.TRADE_NOT_EXIST") // the old one stayed
	next := tillKeys[w.tills]()
	w.want(w.call(bearer(w.op), "POST", path, obj{"public_key": platform.PublicText(&next.PublicKey)}), 200)
	a.want(a.do("alipay.trade.query", obj{"out_trade_no": "K1"}), "40002", "isv.invalid-signature")
	a.key = next
	a.want(a.do("alipay.trade.query", obj{"out_trade_no": "K1"}), "40004", "ACQ.TRADE_NOT_EXIST")
	w.want(w.call(bearer(w.op), "POST", "/v1/merchants/mer_01jfja0yrcfgzrmq9f3r69q2kp/alipay", obj{"public_key": platform.PublicText(&next.PublicKey)}), 404, "not_found")
}

// TestAlipayAndNativeTogether: one order, asked for by both ways at once, is charged once.
func TestAlipayAndNativeTogether(t *testing.T) {
	w := newWorld(t)
	a, p := newAlipayTill(w, "Tea"), enrolled(w, w.newPayer("anna", "Anna", 100_000))
	code := p.digits()
	pay := a.call("alipay.trade.pay", barcode("T1", code, "7.00"))
	found := make(chan any, 16)
	var all sync.WaitGroup
	for range cap(found) / 2 {
		all.Go(func() { found <- a.send(split(t, w.url+"/gateway.do", pay))["trade_no"] })
		all.Go(func() { found <- w.call(a.merchant, "POST", "/v1/payments", charge("T1", code, 700)).str("id") })
	}
	all.Wait()
	close(found)
	answered, payments := 0, map[any]bool{}
	for id := range found {
		answered++
		payments[id] = true
	}
	if answered != cap(found) || len(payments) != 1 || payments[""] || payments[nil] {
		t.Errorf("%d answers, of the payments %v", answered, payments)
	}
	if got := p.has(w); got != 99_300 {
		t.Errorf("%v is left, want 993.00", got)
	}
	w.balanced()
}
