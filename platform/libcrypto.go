//go:build libcrypto

package platform

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"github.com/ebitengine/purego"
)

// errDiffers is for a second implementation that is not to be trusted.
var errDiffers = errors.New("platform: libcrypto signs otherwise than crypto/rsa")

// library is what OpenSSL 3 calls itself, whatever the distribution.
const library = "libcrypto.so.3"

// pkcs1 is RSA_PKCS1_PADDING of openssl/rsa.h.
const pkcs1 = 1

// libcrypto signs with OpenSSL's libcrypto, which has the vector instructions that crypto/rsa
// has not: a third to a quarter of the time. It is called without cgo.
type libcrypto struct {
	name string
	size int // of a signature, in bytes
	// free has a context (EVP_PKEY_CTX) for each processor: more threads than
	// that would only wait in C, and a context is one caller's at a time.
	free chan uintptr
	// call is EVP_PKEY_sign(3).
	call func(ctx uintptr, sig *byte, size *uint, digest *byte, length uint) int32
}

// newLibcrypto loads the library and gives it the key. It fails where the library is not
// there, or signs otherwise than crypto/rsa. What it allocates is never freed:
// the process has one key.
func newLibcrypto(k *rsa.PrivateKey) (*libcrypto, error) {
	handle, err := purego.Dlopen(library, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("platform: %w", err)
	}
	var (
		version    func(what int32) string
		parse      func(into uintptr, der **byte, length int) uintptr
		newContext func(key, engine uintptr) uintptr
		begin      func(ctx uintptr) int32
		setPadding func(ctx uintptr, padding int32) int32
		setHash    func(ctx, hash uintptr) int32
		newSHA256  func() uintptr
		f          = &libcrypto{size: k.Size()}
	)
	for name, into := range map[string]any{
		"OpenSSL_version": &version, "d2i_AutoPrivateKey": &parse, "EVP_PKEY_CTX_new": &newContext,
		"EVP_PKEY_sign_init": &begin, "EVP_PKEY_CTX_set_rsa_padding": &setPadding,
		"EVP_PKEY_CTX_set_signature_md": &setHash, "EVP_sha256": &newSHA256, "EVP_PKEY_sign": &f.call,
	} {
		at, err := purego.Dlsym(handle, name)
		if err != nil {
			return nil, fmt.Errorf("platform: %w", err)
		}
		purego.RegisterFunc(into, at)
	}
	der := x509.MarshalPKCS1PrivateKey(k)
	defer clear(der)
	first := unsafe.SliceData(der)
	key := parse(0, &first, len(der))
	if key == 0 {
		return nil, errors.New("platform: libcrypto does not read the key")
	}
	f.name = version(0)
	f.free = make(chan uintptr, runtime.GOMAXPROCS(0))
	for range cap(f.free) {
		ctx := newContext(key, 0)
		if ctx == 0 || begin(ctx) != 1 || setPadding(ctx, pkcs1) != 1 || setHash(ctx, newSHA256()) != 1 {
			return nil, errors.New("platform: libcrypto does not sign with the key")
		}
		f.free <- ctx
	}
	return f, f.agrees(k)
}

// sign is the signature of a SHA-256 digest.
func (f *libcrypto) sign(digest []byte) ([]byte, error) {
	ctx := <-f.free
	defer func() { f.free <- ctx }()
	signature, size := make([]byte, f.size), uint(f.size)
	if len(digest) != sha256.Size || f.call(ctx, &signature[0], &size, &digest[0], uint(len(digest))) != 1 {
		return nil, errors.New("platform: libcrypto did not sign")
	}
	return signature[:size], nil
}

// agrees holds the library against crypto/rsa. A signature
// of PKCS #1 v1.5 has no randomness: the two make the same bytes.
func (f *libcrypto) agrees(k *rsa.PrivateKey) error {
	digest := sha256.Sum256([]byte(rand.Text()))
	want, err := rsa.SignPKCS1v15(nil, k, crypto.SHA256, digest[:])
	if err != nil {
		return err
	}
	got, err := f.sign(digest[:])
	if err == nil && !bytes.Equal(got, want) {
		err = errDiffers
	}
	return err
}
