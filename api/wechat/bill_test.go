package wechat_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/paycode/paycode/api/wechat"
)

// TestBillsOfADay: both versions answer the same bill, once the day is over, and the hash is of it.
func TestBillsOfADay(t *testing.T) {
	w := newWorld(t)
	w.run(w.server.URL(), step{"v3", "codepay", codepay("A", w.code(), 1000)}, step{"v3", "refund", giveBack("A", "R", 1000, 300)})
	today := time.Now().UTC()
	target := "/v3/bill/tradebill?bill_date=" + today.Format(time.DateOnly)
	v2 := func(more map[string]string) string {
		call := map[string]string{"appid": w.appID, "mch_id": w.mchID, "nonce_str": "n", "bill_date": today.Format("20060102"), "bill_type": "ALL"}
		for name, value := range more {
			call[name] = value
		}
		return w.post("/pay/downloadbill", string(wechat.Format(with(call, "sign", wechat.Sign("MD5", apiKey, call)))))
	}
	if got := w.send(w.v3Call("GET", target, nil)); got.said["code"] != "NO_STATEMENT_EXIST" {
		t.Errorf("of today: %d %s", got.status, got.body)
	}
	if got := v2(nil); !strings.Contains(got, "<error_code>20002</error_code>") {
		t.Errorf("of today: %s", got)
	}
	w.ahead.Store(int64(24 * time.Hour))
	signedNow := func(target string) v3Call {
		return w.v3Call("GET", target, nil).signedAt(time.Now().Add(24*time.Hour), them().Key)
	}
	bill := v2(nil)
	lines := strings.Split(strings.TrimSpace(bill), "\r\n")
	if len(lines) != 5 || !strings.Contains(lines[1], "`A,") || !strings.Contains(lines[2], "`R,") || lines[4] != "`2,`10.00,`3.00,`0.00,`0.00,`10.00,`3.00" {
		t.Errorf("the bill is %q", lines)
	}
	if !strings.Contains(lines[1], "`"+w.appID+",`"+w.mchID) {
		t.Errorf("whose bill: %s", lines[1])
	}
	for _, how := range []string{"", "&tar_type=GZIP"} {
		got := w.send(signedNow(target + how))
		at, err := url.Parse(str(got.said["download_url"]))
		w.must(err)
		if got.said["hash_type"] != "SHA1" || "http://"+at.Host != w.server.URL() {
			t.Fatalf("answered %s", got.body)
		}
		text := w.fetch(signedNow(at.RequestURI()))
		if how != "" {
			z, err := gzip.NewReader(bytes.NewReader(text))
			w.must(err)
			text, err = io.ReadAll(z)
			w.must(err)
		}
		if sum := sha1.Sum(text); hex.EncodeToString(sum[:]) != got.said["hash_value"] || string(text) != bill {
			t.Errorf("%s: the bill of version 3 is %q, its hash %v", how, text, got.said["hash_value"])
		}
	}
	zipped, err := gzip.NewReader(strings.NewReader(v2(map[string]string{"tar_type": "GZIP"})))
	w.must(err)
	if text, err := io.ReadAll(zipped); err != nil || string(text) != bill {
		t.Errorf("unzipped %q, %v", text, err)
	}
	for _, wrong := range []map[string]string{{"bill_date": "2026-11-21"}, {"bill_date": ""}, {"bill_type": "REVOKED"}, {"tar_type": "ZIP"}, {"appid": "wx0"}} {
		if got := v2(wrong); !strings.Contains(got, "<return_code>FAIL</return_code>") || !strings.Contains(got, "<error_code>20001<") {
			t.Errorf("%v: %s", wrong, got)
		}
	}
	for _, wrong := range []string{"", "?bill_date=20261121", "?bill_date=2026-02-30", "?bill_date=2026-11-21&bill_type=SUCCESS", "?bill_date=2026-11-21&tar_type=ZIP"} {
		if got := w.send(signedNow("/v3/bill/tradebill" + wrong)); got.said["code"] != "PARAM_ERROR" {
			t.Errorf("%s: %d %s", wrong, got.status, got.body)
		}
	}
	unsigned := signedNow("/v3/billdownload/file?bill_date=" + today.Format(time.DateOnly))
	unsigned.header = "none"
	if got := w.send(unsigned); got.status != http.StatusUnauthorized {
		t.Errorf("fetched by nobody: %d %s", got.status, got.body)
	}
}

// fetch answers a file.
func (w *world) fetch(c v3Call) []byte {
	w.Helper()
	r, err := http.NewRequestWithContext(w.Context(), c.method, w.server.URL()+c.target, nil)
	w.must(err)
	r.Header.Set("Authorization", c.authorization())
	r.Header.Set("Accept-Encoding", "identity")
	resp, err := http.DefaultClient.Do(r)
	w.must(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	w.must(err)
	if a := (v3Answer{header: resp.Header, body: string(text)}); resp.StatusCode != http.StatusOK || !a.signedBy(&us().Key.PublicKey) {
		w.Errorf("%s: %d %s", c.target, resp.StatusCode, text)
	}
	return text
}
