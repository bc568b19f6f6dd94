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
		if err := d.SetWeChat(t.Context(), m.ID, access.WeChatSetup{APIKey: bad}); !errors.As(err, &wrong) {
			t.Errorf("key %q: %v", bad, err)
		}
		if err := d.SetWeChat(t.Context(), m.ID, access.WeChatSetup{V3: &access.WeChatV3Setup{APIKey: bad}}); !errors.As(err, &wrong) {
			t.Errorf("key %q of version 3: %v", bad, err)
		}
	}
	if err := d.SetWeChat(t.Context(), ids.Merchant{1}, access.WeChatSetup{APIKey: key}); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("no such merchant: %v", err)
	}
	for _, want := range []string{key, strings.ToUpper(key)} {
		if err := d.SetWeChat(t.Context(), m.ID, access.WeChatSetup{APIKey: want}); err != nil {
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
	// Moved to who would like to sign for another, and to another use.
	if err := d.db.SetWeChatKeys(t.Context(), access.WeChatKeys{Merchant: other.ID, V2: &kept}); err != nil {
		t.Fatal(err)
	}
	if got, err := d.WeChatKey(t.Context(), other.ID); err == nil {
		t.Errorf("another merchant's sealed key was opened: %q", got)
	}
	if err := d.db.SetWeChatKeys(t.Context(), access.WeChatKeys{Merchant: m.ID, V3: &access.WeChatV3Key{WeChatKey: kept, PublicKey: []byte{}}}); err != nil {
		t.Fatal(err)
	}
	if got, err := d.WeChatV3Secret(t.Context(), m.ID); err == nil {
		t.Errorf("a sealed key of version 2 was opened as one of version 3: %q", got)
	}
	if n, err := d.db.DevicesWithKey(t.Context(), 7, time.Time{}); n != 3 || err != nil {
		t.Errorf("master key 7 seals %d, %v; want 3", n, err)
	}
}

// weChatV3Keys checks those of version 3, and that what is not given stays as it is.
func weChatV3Keys(t *testing.T, d *desk) {
	m := d.merchant()
	if _, err := d.WeChatV3Key(t.Context(), m.ID); !errors.Is(err, access.ErrKeyUnknown) {
		t.Errorf("no key yet: %v", err)
	}
	if _, err := d.WeChatV3Secret(t.Context(), m.ID); !errors.Is(err, access.ErrKeyUnknown) {
		t.Errorf("no secret yet: %v", err)
	}
	if c, err := d.WeChatClient(t.Context(), m.ID); len(c) != 0 || err != nil {
		t.Errorf("no certificate yet: %x, %v", c, err)
	}
	v2, one, two := strings.Repeat("2", 32), strings.Repeat("a", 32), strings.Repeat("b", 32)
	client, none := []byte("hash"), []byte{}
	for _, with := range []access.WeChatSetup{
		{APIKey: v2, V3: &access.WeChatV3Setup{APIKey: one, Serial: "01", PublicKey: []byte("first")}, Client: &client},
		{V3: &access.WeChatV3Setup{APIKey: two, Serial: "02", PublicKey: []byte("second")}},
	} {
		if err := d.SetWeChat(t.Context(), m.ID, with); err != nil {
			t.Fatal(err)
		}
		k, err := d.WeChatV3Key(t.Context(), m.ID)
		if err != nil || k.Serial != with.V3.Serial || string(k.PublicKey) != string(with.V3.PublicKey) || strings.Contains(string(k.Sealed), with.V3.APIKey) {
			t.Errorf("kept %+v, %v; want %+v", k, err, with.V3)
		}
		if got, err := d.WeChatV3Secret(t.Context(), m.ID); got != with.V3.APIKey || err != nil {
			t.Errorf("the secret is %q, %v", got, err)
		}
		if got, err := d.WeChatKey(t.Context(), m.ID); got != v2 || err != nil {
			t.Errorf("the key of version 2 is %q, %v", got, err)
		}
		if c, err := d.WeChatClient(t.Context(), m.ID); string(c) != "hash" || err != nil {
			t.Errorf("the certificate is %x, %v", c, err)
		}
	}
	if err := d.SetWeChat(t.Context(), m.ID, access.WeChatSetup{Client: &none}); err != nil {
		t.Fatal(err)
	}
	if c, err := d.WeChatClient(t.Context(), m.ID); len(c) != 0 || err != nil {
		t.Errorf("the certificate that is asked for no more: %x, %v", c, err)
	}
}

// weChatRefunds checks what refund numbers are for.
func weChatRefunds(t *testing.T, d *desk) {
	m, other := d.merchant(), d.merchant()
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
