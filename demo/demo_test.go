package demo

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/paycode/paycode/gate"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/server"
	"github.com/paycode/paycode/till"
	"github.com/paycode/paycode/wallet"
)

// start runs a demo until the test ends or stop is called.
func start(t *testing.T, c Config) (d *Demo, stop func()) {
	t.Helper()
	c.Log = slog.New(slog.DiscardHandler)
	d, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- d.Run(ctx) }()
	done := false
	stop = func() {
		if done {
			return
		}
		done = true
		cancel()
		if err := <-stopped; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return d, stop
}

func TestDemoSurvivesARestart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	w := wallet.New(filepath.Join(t.TempDir(), "wallet.json"), "")
	var first Cast
	for round := range 2 {
		d, stop := start(t, Config{Listen: "localhost:0", Dir: dir})
		links, err := d.Links(t.Context())
		if err != nil || len(links.Wallets) != 3 {
			t.Fatalf("%+v, %v", links, err)
		}
		if round == 0 {
			first = d.Cast
			if err := w.Enrol(t.Context(), wallet.Enrolment{Link: links.Wallets[0], Kind: wallet.Phone, Name: "phone"}); err != nil {
				t.Fatal(err)
			}
		} else if d.Cast.Keys != first.Keys || d.Cast.Payers[0] != first.Payers[0] {
			t.Errorf("another cast: %+v", d.Cast.Payers)
		}
		code, err := w.Show()
		if err != nil {
			t.Fatal(err)
		}
		shop := till.Till{Server: d.BaseURL, Key: strings.TrimPrefix(links.Cashier, d.BaseURL+"/cashier/#key=")}
		p, err := shop.Charge(t.Context(), till.Sale{OrderNo: time.Now().Format("150405.000000"), Amount: money.Amount{Minor: 1000, Currency: currency}, Code: code.Text})
		if err != nil || p.Status != "succeeded" {
			t.Errorf("round %d: %+v, %v", round, p, err)
		}
		balance, err := d.Server.Payments.Balance(t.Context(), d.Cast.Payers[0].ID)
		want := script[0].minor - int64(round+1)*1000 - int64(round)*server.FlatFare
		if err != nil || balance.Minor != want {
			t.Errorf("round %d: balance %v, %v, want %d", round, balance, err, want)
		}
		// The gate remembers who went through a moment ago, over the restart.
		if got, want := tap(t, links.Gate, w), []string{"go", "no passback"}[round]; got != want {
			t.Errorf("round %d: the gate says %q, want %q", round, got, want)
		}
		for paid := want - server.FlatFare; round == 0 && balance.Minor != paid; time.Sleep(10 * time.Millisecond) {
			if balance, err = d.Server.Payments.Balance(t.Context(), d.Cast.Payers[0].ID); err != nil {
				t.Fatalf("the ride is never charged: %v", err)
			}
		}
		stop()
	}
	for _, name := range []string{keysFile, "master.key"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

// tap holds a wallet's pass before the gate's page.
func tap(t *testing.T, page string, w *wallet.Wallet) string {
	t.Helper()
	ride, err := w.Ride(nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]string{"text": ride.Text})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.Post(page+"taps", "application/json", bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var d gate.Decision
	if err := json.NewDecoder(answer.Body).Decode(&d); err != nil {
		t.Fatal(err)
	}
	if d.Go {
		return "go"
	}
	return "no " + string(d.Reason)
}

// freePorts finds a port whose two successors are free too.
func freePorts(t *testing.T) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", ":0")
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		_, port, _ := net.SplitHostPort(l.Addr().String())
		next, free := l.Addr().(*net.TCPAddr), 0
		for range 2 {
			next.Port++
			if l, err := net.Listen("tcp", next.String()); err == nil {
				l.Close()
				free++
			}
		}
		if free == 2 {
			return port
		}
	}
	t.Fatal("no three free ports")
	return ""
}

func TestLANIsTrustedByWhoTrustsTheAuthority(t *testing.T) {
	port := freePorts(t)
	d, _ := start(t, Config{Listen: "localhost:" + port, Dir: t.TempDir(), LAN: true})
	pem, err := os.ReadFile(d.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	phone := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	links, err := d.Links(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := http.Get(links.Gate); err != nil { // it trusts the authority, or it would not be enrolled
		t.Error(err)
	} else {
		answer.Body.Close()
	}
	for _, url := range []string{d.BaseURL + "/wallet/", "https://localhost:" + port + "/wallet/", "https://127.0.0.1:" + port + "/docs"} {
		answer, err := phone.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != 200 {
			t.Errorf("%s: %d", url, answer.StatusCode)
		}
	}
	if answer, err := http.Get(d.BaseURL); err == nil {
		answer.Body.Close()
		t.Error("trusted without the authority")
	}
	answer, err := http.Get(d.TrustURL + "paycode-demo.crt")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	got, err := io.ReadAll(answer.Body)
	if err != nil || string(got) != string(pem) || answer.Header.Get("Content-Type") != "application/x-x509-ca-cert" {
		t.Errorf("downloaded %d bytes as %s, %v", len(got), answer.Header.Get("Content-Type"), err)
	}
}

func TestLANPortNeedsANext(t *testing.T) {
	for _, listen := range []string{"localhost:0", "localhost:65535", "localhost", "localhost:http"} {
		if _, err := Open(t.Context(), Config{Listen: listen, Dir: t.TempDir(), LAN: true, Log: slog.New(slog.DiscardHandler)}); err == nil {
			t.Errorf("%s was taken", listen)
		}
	}
}

func TestAuthorityIsKeptAndVouchesForNobodyElse(t *testing.T) {
	dir := t.TempDir()
	a, err := loadAuthority(dir)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := loadAuthority(dir); err != nil || again.fingerprint() != a.fingerprint() {
		t.Fatalf("another authority at the second start, %v", err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(a.cert)
	for _, c := range []struct {
		n    names
		host string
		ok   bool
	}{
		{names{[]string{"localhost", "renamed"}, []net.IP{net.IPv4(192, 168, 1, 7)}}, "192.168.1.7", true},
		{names{[]string{"localhost", "renamed"}, []net.IP{net.IPv4(192, 168, 1, 7)}}, "localhost", true},
		{names{[]string{"my-mac.local"}, []net.IP{net.IPv4(10, 0, 0, 1)}}, "my-mac.local", true},
		{names{[]string{"localhost"}, []net.IP{net.IPv4(1, 1, 1, 1)}}, "1.1.1.1", false},
	} {
		leaf, err := a.issue(c.n)
		if err != nil {
			t.Fatal(err)
		}
		cert, err := x509.ParseCertificate(leaf.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		_, err = cert.Verify(x509.VerifyOptions{DNSName: c.host, Roots: roots})
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", c.host, err)
		}
		if life := cert.NotAfter.Sub(cert.NotBefore); life > 825*24*time.Hour {
			t.Errorf("the certificate lasts %v: iPhones refuse that", life)
		}
	}
	if !a.refuses("bank.example") || !a.refuses("notlocal") || a.refuses("x.local") {
		t.Error("names outside the home are not told apart")
	}
}

func TestTrustPage(t *testing.T) {
	a, _, err := newAuthority()
	if err != nil {
		t.Fatal(err)
	}
	s, err := newTrustServer("localhost:0", a, names{[]string{"localhost"}, []net.IP{net.IPv4(192, 168, 1, 7)}}, "8474")
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	for _, c := range []struct{ name, host, accept, query, agent, want, not string }{
		{"English", "192.168.1.7:8475", "en-GB", "", "", "Have your phone trust this demo", "让手机"},
		{"Chinese", "192.168.1.7:8475", "zh-CN,zh;q=0.9", "", "", "让手机信任这个演示", "Have your phone"},
		{"switched", "192.168.1.7:8475", "zh-CN", "?lang=en", "", "Have your phone", "让手机"},
		{"wallet link", "192.168.1.7:8475", "", "", "", `href="https://192.168.1.7:8474/wallet/"`, ""},
		{"a forged host leads nowhere", "evil.example:8475", "", "", "", `href="https://192.168.1.7:8474/wallet/"`, "evil"},
		{"fingerprint", "localhost:8475", "", "", "", a.fingerprint(), ""},
		{"an iPhone's steps", "localhost:8475", "", "", "Mozilla/5.0 (iPhone; …)", "<details open>\n<summary>iPhone", "<details open>\n<summary>Android"},
		{"an Android's steps", "localhost:8475", "", "", "Mozilla/5.0 (Linux; Android 16)", "<details open>\n<summary>Android", "<details open>\n<summary>iPhone"},
		{"both for a computer", "localhost:8475", "", "", "", "<details open>\n<summary>Android", "<details>"},
	} {
		r := httptest.NewRequest("GET", "/"+c.query, nil)
		r.Host = c.host
		r.Header.Set("Accept-Language", c.accept)
		r.Header.Set("User-Agent", c.agent)
		w := httptest.NewRecorder()
		s.http.Handler.ServeHTTP(w, r)
		body := w.Body.String()
		if w.Code != 200 || !strings.Contains(body, c.want) || c.not != "" && strings.Contains(body, c.not) {
			t.Errorf("%s: %d, %s", c.name, w.Code, body)
		}
		if csp := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; style-src 'sha256-") || strings.Contains(body, "<script") || strings.Contains(body, "style=") {
			t.Errorf("%s: policy %q", c.name, csp)
		}
	}
}
