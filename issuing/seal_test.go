package issuing

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/paycode/paycode"
)

// openRFC9180 opens a sealed message by the letter of RFC 9180, with nothing of
// crypto/hpke: what a wallet written from the specification does.
func openRFC9180(key *ecdh.PrivateKey, enc, ciphertext, info, aad []byte) ([]byte, error) {
	sender, err := ecdh.P256().NewPublicKey(enc)
	if err != nil {
		return nil, err
	}
	dh, err := key.ECDH(sender)
	if err != nil {
		return nil, err
	}
	kem, suite := []byte("KEM\x00\x10"), []byte("HPKE\x00\x10\x00\x01\x00\x01")
	// Section 4.1, ExtractAndExpand.
	prk := extract(kem, nil, "eae_prk", dh)
	shared := expand(kem, prk, "shared_secret", slices.Concat(enc, key.PublicKey().Bytes()), 32)
	// Section 5.1, KeySchedule in mode_base.
	context := slices.Concat([]byte{0}, extract(suite, nil, "psk_id_hash", nil), extract(suite, nil, "info_hash", info))
	secret := extract(suite, shared, "secret", nil)
	block, err := aes.NewCipher(expand(suite, secret, "key", context, 16))
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return aead.Open(nil, expand(suite, secret, "base_nonce", context, 12), ciphertext, aad)
}

// extract is LabeledExtract and expand LabeledExpand of section 4.
func extract(suite, salt []byte, label string, ikm []byte) []byte {
	prk, err := hkdf.Extract(sha256.New, slices.Concat([]byte("HPKE-v1"), suite, []byte(label), ikm), salt)
	if err != nil {
		panic(err)
	}
	return prk
}

func expand(suite, prk []byte, label string, info []byte, n int) []byte {
	labeled := slices.Concat(binary.BigEndian.AppendUint16(nil, uint16(n)), []byte("HPKE-v1"), suite, []byte(label), info)
	out, err := hkdf.Expand(sha256.New, prk, string(labeled), n)
	if err != nil {
		panic(err)
	}
	return out
}

func TestSealedSeedOpensByTheRFC(t *testing.T) {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	device := paycode.DeviceID{1, 2, 3, 15: 9}
	seed := paycode.Seed{7, 31: 8}
	sealed, err := seal(PublicKey(key.PublicKey().Bytes()), device, 258, &seed)
	if err != nil {
		t.Fatal(err)
	}
	enc, err1 := base64.RawURLEncoding.DecodeString(sealed.Enc)
	ciphertext, err2 := base64.RawURLEncoding.DecodeString(sealed.Ciphertext)
	if err1 != nil || err2 != nil || len(enc) != 65 || len(ciphertext) != 32+16 {
		t.Fatalf("enc of %d bytes, ciphertext of %d, %v, %v", len(enc), len(ciphertext), err1, err2)
	}
	info, aad := []byte("paycode/seed/v1"), append(device[:], 0, 0, 1, 2)
	got, err := openRFC9180(key, enc, ciphertext, info, aad)
	if err != nil || paycode.Seed(got) != seed {
		t.Errorf("opened to another seed: %v", err)
	}
	flipped := slices.Clone(ciphertext)
	flipped[0] ^= 1
	for name, c := range map[string]struct {
		key           *ecdh.PrivateKey
		ct, info, aad []byte
	}{
		"another key":        {other, ciphertext, info, aad},
		"another device":     {key, ciphertext, info, append(make([]byte, 16), 0, 0, 1, 2)},
		"another generation": {key, ciphertext, info, append(device[:], 0, 0, 1, 3)},
		"another purpose":    {key, ciphertext, []byte("paycode/seed/v2"), aad},
		"a flipped bit":      {key, flipped, info, aad},
	} {
		if _, err := openRFC9180(c.key, enc, c.ct, c.info, c.aad); err == nil {
			t.Errorf("%s opens it", name)
		}
	}
	again, err := seal(PublicKey(key.PublicKey().Bytes()), device, 258, &seed)
	if err != nil || again == sealed {
		t.Errorf("sealed twice the same way, %v", err)
	}
}

func TestSealRefusesWhatIsNoKey(t *testing.T) {
	for _, key := range []PublicKey{{}, {0: 4}, {0: 2, 1: 1}} {
		if s, err := seal(key, paycode.DeviceID{}, 1, &paycode.Seed{}); err == nil {
			t.Errorf("sealed to %x…: %v", key[:2], s)
		}
	}
}
