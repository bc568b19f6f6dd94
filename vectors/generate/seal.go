package main

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"github.com/paycode/paycode/vectors"
)

// The sealing of seeds, step by step from RFC 9180: base mode, DHKEM(P-256,
// HKDF-SHA256), HKDF-SHA256, AES-128-GCM, one message. The ephemeral key is fixed
// so that the vectors are the same at every run; a server draws a new one for
// every seed.
const (
	kemID, kdfID, aeadID = 0x0010, 0x0001, 0x0001
	sealInfo             = "paycode/seed/v1"
)

var (
	kemSuite  = append([]byte("KEM"), u16(kemID)...)
	hpkeSuite = slices.Concat([]byte("HPKE"), u16(kemID), u16(kdfID), u16(aeadID))
	sealKey   = privateKey(unhex("4995788ef4b9d6132b249ce59a77281493eb39af373d236a1fe415cb0c2d7beb"))
	otherKey  = privateKey(unhex("4995788ef4b9d6132b249ce59a77281493eb39af373d236a1fe415cb0c2d7bec"))
	ephemeral = privateKey(unhex("1ac01f181fdf9f352797655161c58b75c656a6cc2716dcb66372da835542e1df"))
)

func u16(n uint16) []byte { return binary.BigEndian.AppendUint16(nil, n) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err) // the inputs are constants
	}
	return v
}

func privateKey(scalar []byte) *ecdh.PrivateKey { return must(ecdh.P256().NewPrivateKey(scalar)) }

func labeledExtract(suite, salt []byte, label string, ikm []byte) []byte {
	ikm = slices.Concat([]byte("HPKE-v1"), suite, []byte(label), ikm)
	return must(hkdf.Extract(sha256.New, ikm, salt))
}

func labeledExpand(suite, prk []byte, label string, info []byte, length int) []byte {
	info = slices.Concat(u16(uint16(length)), []byte("HPKE-v1"), suite, []byte(label), info)
	return must(hkdf.Expand(sha256.New, prk, string(info), length))
}

func sealAAD(device []byte, generation uint32) []byte {
	return binary.BigEndian.AppendUint32(slices.Clone(device), generation)
}

// seal returns enc and ciphertext.
func seal(to *ecdh.PublicKey, aad, seed []byte) (enc, ciphertext []byte) {
	enc = ephemeral.PublicKey().Bytes()
	shared := must(ephemeral.ECDH(to))
	prk := labeledExtract(kemSuite, nil, "eae_prk", shared)
	secret := labeledExpand(kemSuite, prk, "shared_secret", slices.Concat(enc, to.Bytes()), 32)

	const base = 0
	schedule := slices.Concat([]byte{base},
		labeledExtract(hpkeSuite, nil, "psk_id_hash", nil),
		labeledExtract(hpkeSuite, nil, "info_hash", []byte(sealInfo)))
	prk = labeledExtract(hpkeSuite, secret, "secret", nil)
	key := labeledExpand(hpkeSuite, prk, "key", schedule, 16)
	nonce := labeledExpand(hpkeSuite, prk, "base_nonce", schedule, 12)

	aead := must(cipher.NewGCM(must(aes.NewCipher(key))))
	return enc, aead.Seal(nil, nonce, seed, aad)
}

func sealVectors() []vectors.Vector[vectors.SealInput, vectors.SealOutput] {
	enc, ciphertext := seal(sealKey.PublicKey(), sealAAD(exampleDevice, 1), exampleSeed)
	good := vectors.SealInput{
		PrivateKey: sealKey.Bytes(), Device: exampleDevice, Generation: 1, Enc: enc, Ciphertext: ciphertext,
	}
	bad := func(name string, change func(*vectors.SealInput)) vectors.Vector[vectors.SealInput, vectors.SealOutput] {
		in := good
		in.Enc, in.Ciphertext = slices.Clone(enc), slices.Clone(ciphertext)
		change(&in)
		return vectors.Vector[vectors.SealInput, vectors.SealOutput]{Name: name, Input: in, Outcome: vectors.SealInvalid}
	}
	return []vectors.Vector[vectors.SealInput, vectors.SealOutput]{
		ok("worked example", good, vectors.SealOutput{Seed: exampleSeed}),
		bad("other device", func(in *vectors.SealInput) { in.Device = unhex("0193e4a07b0c7c3f8a5d2f1e0c9b8a77") }),
		bad("other generation", func(in *vectors.SealInput) { in.Generation = 2 }),
		bad("other sealing key", func(in *vectors.SealInput) { in.PrivateKey = otherKey.Bytes() }),
		bad("first bit of the ciphertext", func(in *vectors.SealInput) { in.Ciphertext[0] ^= 0x80 }),
		bad("last bit of the tag", func(in *vectors.SealInput) { in.Ciphertext[47] ^= 1 }),
		bad("ciphertext cut short", func(in *vectors.SealInput) { in.Ciphertext = in.Ciphertext[:47] }),
		bad("no ciphertext", func(in *vectors.SealInput) { in.Ciphertext = vectors.Hex{} }),
		bad("enc is another point", func(in *vectors.SealInput) { in.Enc = otherKey.PublicKey().Bytes() }),
		bad("enc is not a point of the curve", func(in *vectors.SealInput) { in.Enc[64] ^= 1 }),
		bad("enc is a compressed point", func(in *vectors.SealInput) {
			in.Enc = append([]byte{2 + in.Enc[64]&1}, in.Enc[1:33]...)
		}),
	}
}
