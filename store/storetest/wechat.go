package storetest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/field"
	"github.com/paycode/paycode/ids"
)

// seals derive keys as a keyring does whose active key is number 7.
type seals struct{}

func (seals) Active() uint32 { return 7 }

func (seals) SealKey(id uint32, label string) ([32]byte, error) {
	return sha256.Sum256(fmt.Append(nil, id, label)), nil
}

// weChatKeys checks the keys of tills that speak WeChat Pay, and what their refund numbers are for.
func weChatKeys(t *testing.T, d *desk) {
	m, other := d.merchant(), d.merchant()
	key := strings.Repeat("k", 32)
	if _, err := d.WeChatKey(t.Context(), m.ID); !errors.Is(err, access.ErrKeyUnknown) {
		t.Errorf("no key yet: %v", err)
	}
	for _, bad := range []string{"", key + "k", key[1:], key[1:] + "密"} {
		var wrong *field.Error
		if err := d.SetWeChatKey(t.Context(), m.ID, bad); !errors.As(err, &wrong) {
			t.Errorf("key %q: %v", bad, err)
		}
	}
	if err := d.SetWeChatKey(t.Context(), ids.Merchant{1}, key); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("no such merchant: %v", err)
	}
	for _, want := range []string{key, strings.ToUpper(key)} {
		if err := d.SetWeChatKey(t.Context(), m.ID, want); err != nil {
			t.Fatal(err)
		}
		if got, err := d.WeChatKey(t.Context(), m.ID); got != want || err != nil {
			t.Errorf("the key is %q, %v; want %q", got, err, want)
		}
	}
	kept, err := d.db.WeChatKey(t.Context(), m.ID)
	if err != nil || strings.Contains(string(kept.Sealed), "KK") || kept.KeyID != 7 {
		t.Errorf("kept as %q under %d, %v", kept.Sealed, kept.KeyID, err)
	}
	kept.Merchant = other.ID // moved to who would like to sign for another
	if err := d.db.SetWeChatKey(t.Context(), kept); err != nil {
		t.Fatal(err)
	}
	if got, err := d.WeChatKey(t.Context(), other.ID); err == nil {
		t.Errorf("another merchant's sealed key was opened: %q", got)
	}
	if n, err := d.db.DevicesWithKey(t.Context(), 7, time.Time{}); n != 2 || err != nil {
		t.Errorf("master key 7 seals %d, %v; want 2", n, err)
	}
	first, second := ids.Payment{6: 0x70, 8: 0x80, 15: 1}, ids.Payment{6: 0x70, 8: 0x80, 15: 2}
	if _, err := d.db.BoundRefund(t.Context(), m.ID, "R1"); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("no refund yet: %v", err)
	}
	for _, p := range []ids.Payment{first, second} {
		if got, err := d.db.BindRefund(t.Context(), m.ID, "R1", p); got != first || err != nil {
			t.Errorf("bound to %v, %v; want the first, %v", got, err, first)
		}
	}
	if got, err := d.db.BoundRefund(t.Context(), m.ID, "R1"); got != first || err != nil {
		t.Errorf("bound to %v, %v", got, err)
	}
	if got, err := d.db.BindRefund(t.Context(), other.ID, "R1", second); got != second || err != nil {
		t.Errorf("another merchant's number is bound to %v, %v", got, err)
	}
}
