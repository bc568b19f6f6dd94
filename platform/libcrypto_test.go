//go:build libcrypto

package platform

import (
	"strings"
	"testing"
)

// TestLibcryptoIsHeldAgainstCryptoRSA: one that signs with another key, as a broken
// one would, is not taken.
func TestLibcryptoIsHeldAgainstCryptoRSA(t *testing.T) {
	one, _ := identity(t)
	other, _ := identity(t)
	if !strings.HasPrefix(one.SignedBy(), "OpenSSL 3") {
		t.Error("signed by", one.SignedBy())
	}
	if err := one.fast.agrees(one.Key); err != nil {
		t.Error(err)
	}
	if err := one.fast.agrees(other.Key); err != errDiffers {
		t.Error("another key's signatures:", err)
	}
}
