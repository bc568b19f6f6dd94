package wechat_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/platform"
	"github.com/paycode/paycode/server"
	"github.com/paycode/paycode/wallet"
	"github.com/paycode/paycode/webhook"
)

const (
	apiKey = "0123456789abcdefghijABCDEFGHIJ01"
	v3Key  = "v3v3v3v3v3v3v3v3V3V3V3V3V3V3V3V3"
)

// Keys and certificates of all worlds: making them takes longer than most tests.
var (
	us    = sync.OnceValue(newIdentity)
	them  = sync.OnceValue(newIdentity) // the merchant: his certificate is his own
	third = sync.OnceValue(newIdentity) // another merchant
)

func newIdentity() *platform.Identity {
	text, err := platform.NewKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	i, err := platform.Parse(text)
	if err != nil {
		panic(err)
	}
	return i
}

// world is a real server with a merchant whose tills speak WeChat Pay, and a payer with 100.00.
type world struct {
	*testing.T
	server       *server.Server
	op, native   client.Client
	payer        ids.Payer
	merchant     ids.Merchant
	mchID, appID string
	phone        *wallet.Wallet
	ahead        atomic.Int64 // by how much the server's clock is
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOf(t, paycode.DefaultProfile())
}

func newWorldOf(t *testing.T, profile paycode.Profile) *world {
	t.Helper()
	t.Parallel() // worlds share nothing
	dir := t.TempDir()
	w := &world{T: t}
	keys, err := issuing.KeyFile{Path: filepath.Join(dir, "master.key")}.Generate(rand.Reader)
	w.must(err)
	w.server, err = server.Open(t.Context(), server.Config{
		Database: "sqlite:" + filepath.Join(dir, "a.db"), Listen: "localhost:0", Keys: keys, Platform: us(), Webhooks: webhook.Policy{Loopback: true},
		Log: slog.New(slog.DiscardHandler), Profile: profile,
		Now: func() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())).Truncate(time.Microsecond) },
	})
	w.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.server.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	w.op = w.keyed(access.ForOperator())
	m, err := w.server.Access.CreateMerchant(t.Context(), "Noodles 面馆", "CNY")
	w.must(err)
	w.merchant, w.native = m.ID, w.keyed(access.ForMerchant(m.ID))
	w.mchID, w.appID = w.enableWeChat(m.ID)
	payer, err := w.server.Issuing.CreatePayer(t.Context(), issuing.NewPayer{ExternalID: "u", Currency: "CNY", Name: "王伟"})
	w.must(err)
	w.payer = payer.ID
	_, _, err = w.server.Payments.TopUp(t.Context(), payer.ID, "start", 10_000, false)
	w.must(err)
	ticket, _, err := w.server.Issuing.Ticket(t.Context(), payer.ID)
	w.must(err)
	w.phone = wallet.New(filepath.Join(dir, "phone.json"), "")
	w.must(w.phone.Enrol(t.Context(), wallet.Enrolment{Link: ticket, Server: w.server.URL(), Kind: wallet.Phone, Name: "phone"}))
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) keyed(c access.Caller) client.Client {
	w.Helper()
	key, _, err := w.server.Access.CreateKey(w.Context(), c)
	w.must(err)
	return client.Client{Server: w.server.URL(), Authorize: client.Bearer(key)}
}

// enableWeChat lets a merchant's tills speak WeChat Pay.
func (w *world) enableWeChat(m ids.Merchant) (mchID, appID string) {
	w.Helper()
	var set struct {
		MchID string `json:"mch_id"`
		AppID string `json:"appid"`
	}
	w.must(w.op.Call(w.Context(), "POST", "/v1/merchants/"+m.String()+"/wechat",
		map[string]any{"api_key": apiKey, "api_v3_key": v3Key, "certificate": them().Certificate.PEM()}, &set))
	return set.MchID, set.AppID
}

// code is one of the wallet's, without network.
func (w *world) code() string {
	w.Helper()
	c, err := w.phone.Show()
	w.must(err)
	return c.Digits
}

// balance fails unless the payer has so much, and the books are true.
func (w *world) balance(want int64) {
	w.Helper()
	b, err := w.server.Payments.Balance(w.Context(), w.payer)
	w.must(err)
	if b.Minor != want {
		w.Errorf("the payer has %d, want %d", b.Minor, want)
	}
	report, err := w.server.DB.Audit(w.Context())
	w.must(err)
	if len(report.Differences) > 0 {
		w.Errorf("the books differ: %v", report.Differences)
	}
}

// step is a call by one of the clients that tills use.
type step struct {
	Client string         `json:"client"`
	Call   string         `json:"call"`
	Params map[string]any `json:"params"`
}

// came is what came of a step.
type came struct {
	Data   map[string]any `json:"data"`
	Error  string         `json:"error"`
	Status int            `json:"status"`
}

// v3 is how a client of version 3 is configured.
func (w *world) v3() map[string]any {
	w.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(them().Key)
	w.must(err)
	return map[string]any{
		"serial": them().Certificate.Serial(), "privateKey": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		"certs": map[string]string{us().Certificate.Serial(): us().Certificate.PEM()}, "key": v3Key,
	}
}

// run has the clients call url, one step after the other.
func (w *world) run(url string, steps ...step) []came {
	w.Helper()
	in, err := json.Marshal(map[string]any{"url": url, "appid": w.appID, "mchid": w.mchID, "key": apiKey, "v3": w.v3(), "steps": steps})
	w.must(err)
	cmd := exec.CommandContext(w.Context(), "node", "clients/clients.mjs")
	var complaint bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), &complaint
	out, err := cmd.Output()
	if err != nil {
		w.Fatalf("node: %v: %s (.ci/install installs the clients)", err, complaint.Bytes())
	}
	var all []came
	w.must(json.Unmarshal(out, &all))
	if len(all) != len(steps) {
		w.Fatalf("%d of %d steps answered: %s", len(all), len(steps), out)
	}
	return all
}

// post sends a body to a call and answers the text that came.
func (w *world) post(path, body string) string {
	w.Helper()
	r, err := http.NewRequestWithContext(w.Context(), "POST", w.server.URL()+path, bytes.NewReader([]byte(body)))
	w.must(err)
	answer, err := http.DefaultClient.Do(r)
	w.must(err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	w.must(err)
	if answer.StatusCode != 200 {
		w.Fatalf("%s answered %d %s", path, answer.StatusCode, text)
	}
	return string(text)
}

// says fails unless a step came out with these values.
func (w *world) says(what string, c came, want map[string]string) {
	w.Helper()
	for name, value := range want {
		if got := fmt.Sprint(c.Data[name]); got != value {
			w.Errorf("%s: %s = %q, want %q; %v %s", what, name, got, value, c.Data, c.Error)
		}
	}
}
