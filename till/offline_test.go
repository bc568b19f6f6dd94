package till

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paycode/paycode/clock"
	"github.com/paycode/paycode/emvqr"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/pass"
)

var (
	aShop  = Shop{ID: ids.Merchant{7}, Name: "Tea House", Currency: "CNY"}
	aPrice = money.Amount{Minor: 1250, Currency: "CNY"}
	aSale  = Awaited{OrderNo: "A-1", Minor: 1250}
)

// issuerKey signs receipts; id 2 is of an issuer whom nobody knows.
func issuerKey(t testing.TB, id uint32) pass.IssuerKey {
	t.Helper()
	k, err := pass.DeriveIssuerKey(make([]byte, 32), id)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// synced is a directory as a sync leaves it.
func synced(t testing.TB, at time.Time) string {
	t.Helper()
	dir := t.TempDir()
	if err := (known{Shop: aShop, IssuerKeys: []pass.PublicKey{issuerKey(t, 1).Public()}, ClockAt: at}).keep(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func opened(t testing.TB, dir string, now *time.Time) *Offline {
	t.Helper()
	o, err := OpenOffline(dir, "till-1")
	if err != nil {
		t.Fatal(err)
	}
	o.Now = func() time.Time { return *now }
	return o
}

// receipt is the issuer's word for aSale, changed.
func receipt(t testing.TB, key pass.IssuerKey, at time.Time, change func(*pass.Receipt)) string {
	t.Helper()
	r := pass.Receipt{Merchant: aShop.ID, Terminal: "till-1", OrderRef: "A-1", Amount: aPrice, IssuedAt: at, ID: [8]byte{1}}
	if change != nil {
		change(&r)
	}
	b, err := pass.SignReceipt(key, r)
	if err != nil {
		t.Fatal(err)
	}
	return pass.ReceiptText(b)
}

func TestTakeOnce(t *testing.T) {
	now := time.Unix(1795284017, 0)
	dir := synced(t, now)
	o := opened(t, dir, &now)
	text := receipt(t, issuerKey(t, 1), now.Add(-time.Minute), nil)
	taken, err := o.Take(text, aSale)
	if err != nil || taken.Amount != aPrice || taken.OrderNo != "A-1" || !taken.PaidAt.Equal(now.Add(-time.Minute)) {
		t.Fatalf("%+v, %v", taken, err)
	}
	signedAgain := receipt(t, issuerKey(t, 1), now.Add(-time.Minute), nil) // another signature, the same receipt
	for name, o := range map[string]*Offline{"the same process": o, "after a restart": opened(t, dir, &now)} {
		var seen *SeenError
		if _, err := o.Take(signedAgain, aSale); !errors.As(err, &seen) || !errors.Is(err, ErrSeen) || seen.Before.OrderNo != "A-1" || !seen.Before.TakenAt.Equal(now) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTakeRefuses(t *testing.T) {
	now := time.Unix(1795284017, 0)
	o := opened(t, synced(t, now.Add(-time.Hour)), &now)
	good, key := receipt(t, issuerKey(t, 1), now, nil), issuerKey(t, 1)
	changed := func(f func(*pass.Receipt)) string { return receipt(t, key, now, f) }
	for name, c := range map[string]struct {
		text string
		a    Awaited
		at   time.Duration
		want error
	}{
		"nonsense":               {"PR1:HELLO", aSale, 0, pass.ErrReceiptMalformed},
		"a code":                 {"701234567893326376", aSale, 0, pass.ErrReceiptMalformed},
		"another issuer":         {receipt(t, issuerKey(t, 2), now, nil), aSale, 0, pass.ErrReceiptUnknownIssuer},
		"another shop":           {changed(func(r *pass.Receipt) { r.Merchant[0]++ }), aSale, 0, pass.ErrReceiptAddressee},
		"another till":           {changed(func(r *pass.Receipt) { r.Terminal = "till-2" }), aSale, 0, pass.ErrReceiptAddressee},
		"no till":                {changed(func(r *pass.Receipt) { r.Terminal = "" }), aSale, 0, pass.ErrReceiptAddressee},
		"another order":          {good, Awaited{"A-2", 1250}, 0, pass.ErrReceiptAddressee},
		"any order, other till":  {changed(func(r *pass.Receipt) { r.Terminal = "till-2" }), Awaited{"", 1250}, 0, pass.ErrReceiptAddressee},
		"another amount":         {good, Awaited{"A-1", 1251}, 0, pass.ErrReceiptAmount},
		"another currency":       {changed(func(r *pass.Receipt) { r.Amount.Currency = "EUR" }), aSale, 0, pass.ErrReceiptAmount},
		"old":                    {good, aSale, pass.ReceiptAge + time.Second, pass.ErrReceiptStale},
		"of the future":          {good, aSale, -pass.Fresh - time.Second, pass.ErrReceiptStale},
		"forged":                 {forged(t, good), aSale, 0, pass.ErrReceiptSignature},
		"a clock never set":      {good, aSale, -50 * 365 * 24 * time.Hour, clock.ErrBehind},
		"a clock set back":       {good, aSale, -2 * time.Hour, clock.ErrBehind},
		"the last second":        {changed(func(r *pass.Receipt) { r.ID[0] = 2 }), aSale, pass.ReceiptAge, nil},
		"any order, own till":    {changed(func(r *pass.Receipt) { r.ID[0] = 3 }), Awaited{"", 1250}, 0, nil},
		"any order, no till":     {changed(func(r *pass.Receipt) { r.ID[0], r.Terminal = 4, "" }), Awaited{"", 1250}, 0, nil},
		"any order, what amount": {changed(func(r *pass.Receipt) { r.ID[0], r.Terminal = 5, "" }), Awaited{"", 1}, 0, pass.ErrReceiptAmount},
	} {
		o.clock = clock.Clock{}
		o.clock.See(o.known.ClockAt)
		then := now.Add(c.at)
		o.Now = func() time.Time { return then }
		before := len(o.taken)
		_, err := o.Take(c.text, c.a)
		if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) || (len(o.taken) > before) != (c.want == nil) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if code, why, todo := ReceiptAdvice(err); err != nil && (code == "" || why == "" || todo == "" || pass.Word(err) != "" && code != pass.Word(err)) {
			t.Errorf("%s: no advice for %v: %q", name, err, code)
		}
	}
}

// forged is a receipt with another signature.
func forged(t testing.TB, text string) string {
	t.Helper()
	b, err := pass.ParseReceiptText(text)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)-1] ^= 1
	return pass.ReceiptText(b)
}

// TestTakeMany: of several processes that are shown one receipt, one takes it.
func TestTakeMany(t *testing.T) {
	now := time.Unix(1795284017, 0)
	dir := synced(t, now)
	text := receipt(t, issuerKey(t, 1), now, nil)
	var paid, seen atomic.Int32
	var all sync.WaitGroup
	for range 16 {
		o := opened(t, dir, &now)
		all.Go(func() {
			switch _, err := o.Take(text, aSale); {
			case err == nil:
				paid.Add(1)
			case errors.Is(err, ErrSeen):
				seen.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if paid.Load() != 1 || seen.Load() != 15 {
		t.Errorf("taken %d times, seen %d times", paid.Load(), seen.Load())
	}
}

// TestKilled: a till that is killed while it takes receipts never takes one again
// that it said was paid.
func TestKilled(t *testing.T) {
	if dir := os.Getenv("TILL_TAKES_IN"); dir != "" {
		takeForever(t, dir)
	}
	dir := synced(t, time.Now().Add(-time.Minute))
	paid := 0
	for range 8 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
		cmd.Env = append(os.Environ(), "TILL_TAKES_IN="+dir, fmt.Sprintf("TILL_TAKES_FROM=%d", paid))
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(150*time.Millisecond, func() { cmd.Process.Kill() })
		var b strings.Builder
		for buf := make([]byte, 4096); ; {
			n, err := out.Read(buf)
			b.Write(buf[:n])
			if err != nil {
				break
			}
		}
		cmd.Wait()
		now := time.Now()
		o := opened(t, dir, &now)
		lines := strings.Split(b.String(), "\n")
		for _, line := range lines[:len(lines)-1] { // the last one may be cut off
			var n int
			if _, err := fmt.Sscanf(line, "paid %d", &n); err != nil {
				t.Fatalf("%q", line)
			}
			paid = n + 1
			if _, err := o.Take(numbered(t, n, now), aSale); !errors.Is(err, ErrSeen) {
				t.Fatalf("receipt %d was said to be paid, and then: %v", n, err)
			}
		}
		paid += 2 // one may be on the disk that nobody was told of
	}
	if paid < 30 {
		t.Errorf("only %d receipts were taken", paid)
	}
}

func numbered(t testing.TB, n int, at time.Time) string {
	return receipt(t, issuerKey(t, 1), at, func(r *pass.Receipt) { r.ID = [8]byte{9, byte(n >> 8), byte(n)} })
}

func takeForever(t *testing.T, dir string) {
	var from int
	fmt.Sscan(os.Getenv("TILL_TAKES_FROM"), &from)
	o, err := OpenOffline(dir, "till-1")
	if err != nil {
		t.Fatal(err)
	}
	for n := from; ; n++ {
		if _, err := o.Take(numbered(t, n, time.Now()), aSale); err != nil {
			t.Fatal(err)
		}
		fmt.Println("paid", n)
	}
}

// TestTakeNeedsTheDisk: what cannot be kept is not taken.
func TestTakeNeedsTheDisk(t *testing.T) {
	now := time.Unix(1795284017, 0)
	dir := synced(t, now)
	o := opened(t, dir, &now)
	if err := os.RemoveAll(takenDir(dir)); err != nil {
		t.Fatal(err)
	}
	text := receipt(t, issuerKey(t, 1), now, nil)
	if _, err := o.Take(text, aSale); err == nil {
		t.Fatal("taken without a disk")
	} else if code, _, _ := ReceiptAdvice(err); code != "" {
		t.Errorf("advice %s for %v", code, err)
	}
	if err := os.Mkdir(takenDir(dir), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Take(text, aSale); err != nil {
		t.Errorf("with a disk: %v", err)
	}
}

func TestCode(t *testing.T) {
	now := time.Unix(1795284017, 0)
	o := opened(t, synced(t, now), &now)
	for _, a := range []Awaited{aSale, {}} {
		text, err := o.Code(a)
		if err != nil {
			t.Fatal(err)
		}
		s, err := emvqr.ParseShop(text)
		if err != nil || s.Merchant != aShop.ID || s.Name != aShop.Name || s.Minor != a.Minor || s.Reference != a.OrderNo || s.Terminal != "till-1" || s.Country != "CN" {
			t.Errorf("%+v, %v", s, err)
		}
	}
	if _, err := o.Code(Awaited{OrderNo: strings.Repeat("A", 26), Minor: 1}); !errors.Is(err, emvqr.ErrMalformed) {
		t.Errorf("an order number of 26 characters: %v", err)
	}
}

func TestSyncOffline(t *testing.T) {
	now := time.Now().Truncate(time.Second)
	ahead := time.Duration(0)
	var keys []pass.PublicKey
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		body := any(map[string]any{"keys": keys, "server_time": now.Add(-ahead)})
		if r.URL.Path == "/v1/merchant" {
			body = aShop
		}
		json.NewEncoder(w).Encode(body)
	}))
	t.Cleanup(s.Close)
	dir := filepath.Join(t.TempDir(), "till")
	till := &Till{Server: s.URL, Key: "mk_test", Now: func() time.Time { return now }}
	if _, err := OpenOffline(dir, ""); !errors.Is(err, ErrNotSynced) {
		t.Errorf("before: %v", err)
	}
	if _, err := till.SyncOffline(t.Context(), dir); !errors.Is(err, ErrAnswer) {
		t.Errorf("no keys: %v", err)
	}
	keys = []pass.PublicKey{issuerKey(t, 1).Public()}
	if shop, err := till.SyncOffline(t.Context(), dir); err != nil || shop != aShop {
		t.Fatalf("%+v, %v", shop, err)
	}
	o := opened(t, dir, &now)
	if _, err := o.Take(receipt(t, issuerKey(t, 1), now, nil), aSale); err != nil {
		t.Error(err)
	}
	ahead = time.Hour
	if _, err := till.SyncOffline(t.Context(), dir); !errors.Is(err, clock.ErrOff) {
		t.Errorf("an hour ahead: %v", err)
	}
	if _, err := opened(t, dir, &now).Take(receipt(t, issuerKey(t, 1), now, func(r *pass.Receipt) { r.ID[0] = 2 }), aSale); !errors.Is(err, clock.ErrOff) {
		t.Errorf("a receipt an hour ahead: %v", err)
	}
	ahead, now = 0, now.Add(keepTaken+time.Hour)
	if _, err := till.SyncOffline(t.Context(), dir); err != nil {
		t.Error(err)
	}
	if o := opened(t, dir, &now); len(o.taken) != 0 {
		t.Errorf("%d receipts are remembered for ever", len(o.taken))
	}
}
