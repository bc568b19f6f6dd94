package platform

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"sync"
	"testing"
)

// TestSigns: whatever makes the signatures, by many at a time, and of both hashes.
func TestSigns(t *testing.T) {
	i, _ := identity(t)
	t.Log("signed by", i.SignedBy())
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				for _, h := range []crypto.Hash{crypto.SHA256, crypto.SHA1} {
					digest := make([]byte, h.Size())
					rand.Read(digest)
					s, err := i.Sign(h, digest)
					if err != nil {
						t.Error(err)
						return
					}
					if err := rsa.VerifyPKCS1v15(&i.Key.PublicKey, h, digest, s); err != nil {
						t.Error(h, err)
					}
				}
			}
		})
	}
	all.Wait()
	if _, err := i.Sign(crypto.SHA256, make([]byte, 20)); err == nil {
		t.Error("20 bytes were signed as a SHA-256 digest")
	}
}

func BenchmarkSign(b *testing.B) {
	i, _ := identity(b)
	digest := make([]byte, crypto.SHA256.Size())
	b.Run(i.SignedBy(), func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			i.Sign(crypto.SHA256, digest)
		}
	})
	b.Run("crypto/rsa", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			rsa.SignPKCS1v15(nil, i.Key, crypto.SHA256, digest)
		}
	})
}
