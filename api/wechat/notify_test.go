package wechat_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/paycode/paycode/api/wechat"
	"github.com/paycode/paycode/webhook"
)

// listener is a merchant's server that is told. It answers 500 at first.
type listener struct {
	*httptest.Server
	heard chan v3Answer
}

func (w *world) listener(answers ...string) *listener {
	l := &listener{heard: make(chan v3Answer, 8)}
	n := 0
	l.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPost {
			w.Errorf("%s, %v", r.Method, err)
		}
		if n++; n > len(answers) {
			rw.WriteHeader(http.StatusInternalServerError)
		} else {
			io.WriteString(rw, answers[n-1])
		}
		l.heard <- v3Answer{header: r.Header, body: string(body)}
	}))
	w.Cleanup(l.Close)
	return l
}

// next waits for what is told next.
func (w *world) next(l *listener) v3Answer {
	w.Helper()
	select {
	case a := <-l.heard:
		return a
	case <-time.After(20 * time.Second):
		w.Fatal("nothing was told")
	}
	return v3Answer{}
}

// opened reads a notice of version 3 as the documents have it.
func (w *world) opened(a v3Answer, eventType, of string) (id string, about map[string]any) {
	w.Helper()
	if !a.signedBy(&us().Key.PublicKey) {
		w.Errorf("the notice is not signed: %v %s", a.header, a.body)
	}
	var n struct {
		ID           string `json:"id"`
		EventType    string `json:"event_type"`
		ResourceType string `json:"resource_type"`
		Resource     struct {
			Algorithm, Ciphertext, Nonce string
			OriginalType                 string `json:"original_type"`
			Associated                   string `json:"associated_data"`
		} `json:"resource"`
	}
	w.must(json.Unmarshal([]byte(a.body), &n))
	if n.EventType != eventType || n.ResourceType != "encrypt-resource" || n.Resource.Algorithm != "AEAD_AES_256_GCM" || n.Resource.OriginalType != of || n.Resource.Associated != of {
		w.Errorf("told %s", a.body)
	}
	block, err := aes.NewCipher([]byte(v3Key))
	w.must(err)
	box, err := cipher.NewGCM(block)
	w.must(err)
	ciphertext, err := base64.StdEncoding.DecodeString(n.Resource.Ciphertext)
	w.must(err)
	text, err := box.Open(nil, []byte(n.Resource.Nonce), ciphertext, []byte(n.Resource.Associated))
	w.must(err)
	w.must(json.Unmarshal(text, &about))
	return n.ID, about
}

// TestV3NoticesAreToldUntilReceived: a refund and an order of a shop's code, once each,
// again where the merchant's server failed.
func TestV3NoticesAreToldUntilReceived(t *testing.T) {
	w := newWorld(t)
	good, failing := w.listener("", ""), w.listener()
	refund := giveBack("A", "R", 1000, 300)
	refund["notify_url"] = good.URL
	native := codepay("N", "", 500)
	native["notify_url"] = good.URL
	bad := giveBack("A", "R2", 1000, 1)
	bad["notify_url"] = "http://example.com/plain"
	late := giveBack("A", "R3", 1000, 2)
	late["notify_url"] = failing.URL
	got := w.run(w.server.URL(), step{"v3", "codepay", codepay("A", w.code(), 1000)}, step{"v3", "refund", refund}, step{"v3", "refund", refund},
		step{"v3", "refund", bad}, step{"v3", "refund", late}, step{"v3", "native", native})
	if got[3].Error != "PARAM_ERROR" {
		t.Errorf("a URL that is not ours to call: %v", got[3])
	}
	_, about := w.opened(w.next(good), "REFUND.SUCCESS", "refund")
	w.says("of the refund", came{Data: about}, map[string]string{"out_refund_no": "R", "refund_status": "SUCCESS", "out_trade_no": "A", "mchid": w.mchID, "refund_id": str(got[1].Data["refund_id"])})
	if a, _ := about["amount"].(map[string]any); a["refund"] != 300.0 || a["total"] != 1000.0 {
		t.Errorf("told of the refund %v", about)
	}
	p, err := w.phone.Pay(t.Context(), str(got[5].Data["code_url"]), 0)
	w.must(err)
	_, about = w.opened(w.next(good), "TRANSACTION.SUCCESS", "transaction")
	w.says("of the order", came{Data: about}, map[string]string{"out_trade_no": "N", "trade_state": "SUCCESS", "trade_type": "NATIVE", "transaction_id": p.ID})
	first, _ := w.opened(w.next(failing), "REFUND.SUCCESS", "refund")
	again, about := w.opened(w.next(failing), "REFUND.SUCCESS", "refund") // 15 seconds later
	if first != again || first == "" {
		t.Errorf("told under %q and then under %q", first, again)
	}
	w.says("again", came{Data: about}, map[string]string{"out_refund_no": "R3"})
	if len(good.heard) > 0 {
		t.Errorf("told once more: %v", <-good.heard)
	}
	w.balance(10_000 - 1000 + 302 - 500)
}

// TestV2NoticeOfRefund is read as the documents of version 2 have it.
func TestV2NoticeOfRefund(t *testing.T) {
	w := newWorld(t)
	good := w.listener("<xml><return_code><![CDATA[SUCCESS]]></return_code></xml>")
	got := w.run(w.server.URL(), step{"axios", "micropay", pay("A", w.code(), 1000)},
		step{"axios", "refund", params{"out_trade_no": "A", "out_refund_no": "R", "total_fee": 1000, "refund_fee": 300, "notify_url": good.URL}})
	w.says("refunds", got[1], map[string]string{"result_code": "SUCCESS"})
	var told struct {
		Code  string `xml:"return_code"`
		MchID string `xml:"mch_id"`
		Info  string `xml:"req_info"`
	}
	w.must(xml.Unmarshal([]byte(w.next(good).body), &told))
	text, err := base64.StdEncoding.DecodeString(told.Info)
	w.must(err)
	sum := md5.Sum([]byte(apiKey))
	block, err := aes.NewCipher([]byte(hex.EncodeToString(sum[:])))
	w.must(err)
	for at := 0; at < len(text); at += 16 {
		block.Decrypt(text[at:], text[at:])
	}
	var about struct {
		XMLName struct{} `xml:"root"`
		Number  string   `xml:"out_refund_no"`
		Fee     string   `xml:"refund_fee"`
		Status  string   `xml:"refund_status"`
		ID      string   `xml:"refund_id"`
	}
	w.must(xml.Unmarshal(text[:len(text)-int(text[len(text)-1])], &about))
	if told.Code != "SUCCESS" || told.MchID != w.mchID || about.Number != "R" || about.Fee != "300" || about.Status != "SUCCESS" || about.ID != str(got[1].Data["refund_id"]) {
		t.Errorf("told %+v of %+v", told, about)
	}
}

// TestReceivedOnlyAsDocumented: what is not the answer of the documents is tried again.
func TestReceivedOnlyAsDocumented(t *testing.T) {
	v3, v2 := wechat.Notify{}, wechat.NotifyV2{}
	for status, want := range map[int]webhook.Outcome{200: webhook.Received, 204: webhook.Received, 201: webhook.Again, 301: webhook.Again, 410: webhook.Again, 500: webhook.Again} {
		if got := v3.Outcome(status, nil); got != want {
			t.Errorf("%d is %v", status, got)
		}
	}
	for body, want := range map[string]webhook.Outcome{
		"<xml><return_code>SUCCESS</return_code><return_msg>OK</return_msg></xml>": webhook.Received,
		"<xml><return_code>FAIL</return_code></xml>":                               webhook.Again,
		"SUCCESS": webhook.Again, "": webhook.Again,
	} {
		if got := v2.Outcome(200, []byte(body)); got != want {
			t.Errorf("%s is %v", body, got)
		}
	}
	if n := len(v3.Schedule()); n != 15 {
		t.Errorf("%d attempts after the first", n)
	}
}
